/** Performs one task after another. */
import { decode, type Encoded, encode } from '@skein/codec';
import { isScalar } from '../../value/value.ts';
import type { CodeText } from '../code.ts';
import {
  type FromThread,
  LARGE_BYTES,
  type ThreadData,
  type ThreadInvoke,
  type ThreadTask,
} from '../messages.ts';
import type { ConstructTask, EachTask, FoldTask, InvokeTask, UserOutcome, UserResult } from '../task.ts';
import { type Code, CodeLoader } from './code-loader.ts';
import { prepareHandles } from './handles.ts';
import { className, findMethod } from './method.ts';
import type { Modules } from './modules.ts';
import { messageOf, Problem } from './problem.ts';
import { type Kept, StateCache } from './state-cache.ts';
import { encodeThrown, Thrown } from './thrown.ts';

/** How much memory the states may take that a thread keeps. */
const KEPT_BYTES = 64 * 2 ** 20;

export class Performer {
  readonly #loader: CodeLoader;
  readonly #states = new StateCache(KEPT_BYTES);
  readonly #maxBytes: number;

  constructor({ directory, maxBytes }: ThreadData, modules: Modules, onLoaded: () => void) {
    this.#loader = new CodeLoader(directory, modules, onLoaded);
    this.#maxBytes = maxBytes;
  }

  forget(object: string): void {
    this.#states.forget(object);
  }

  /** Never rejects. */
  async perform(label: string, task: ThreadTask, codes: readonly CodeText[]): Promise<FromThread> {
    this.#loader.add(codes);
    try {
      switch (task.kind) {
        case 'construct':
          return outcome(await this.#construct(label, task));
        case 'invoke': {
          const kept = await this.#keptState(task);
          if (kept === undefined) return { kind: 'need-state' };
          return outcome(await this.#invoke(label, task, kept));
        }
        case 'each':
          return outcome(await this.#each(label, task));
        case 'fold':
          return outcome(await this.#fold(label, task));
      }
    } catch (error) {
      return outcome(failureOf(label, error));
    }
  }

  async #construct(label: string, task: ConstructTask & { readonly next: number }): Promise<UserOutcome> {
    const code = await this.#loader.classOf(task.code);
    const args = await this.#arguments(code, task);
    if (!isConstructor(code.value))
      throw new Problem(
        'code-error',
        `${label} cannot be: ${code.value.name || 'it'} is a function and no class`,
      );
    let instance: object;
    try {
      instance = Reflect.construct(code.value, args) as object;
    } catch (error) {
      throw new Thrown(error, code.results);
    }
    const bytes = this.#bytesOf(label, this.#encodeState(label, instance, code));
    this.#states.set(task.object, { key: task.next, bytes, code });
    return { kind: 'done', state: bytes, results: [undefined] };
  }

  async #invoke(label: string, task: ThreadInvoke, { bytes: before, code }: Kept): Promise<UserOutcome> {
    const instance = readState(before, code);
    const method = findMethod(instance, task.method, label);
    const args = await this.#arguments(code, task);
    const returned = await run(code, () => Reflect.apply(method, instance, args));
    const self = returned === instance;
    const result = self ? undefined : this.#resultOf(label, returned, code);
    const encoded = this.#encodeState(label, instance, code);
    const state = isSame(encoded, before) ? undefined : this.#bytesOf(label, encoded);
    if (state !== undefined) this.#states.set(task.object, { key: task.next, bytes: state, code });
    return { kind: 'done', state, results: [result], ...(self && { self }) };
  }

  async #each(label: string, task: EachTask): Promise<UserOutcome> {
    const code = await this.#loader.functionOf(task.code);
    const results: UserResult[] = [];
    for (const call of task.calls) {
      const args = await this.#values(code, call, task.argCodes);
      const returned = await run(code, () => Reflect.apply(code.value, undefined, args));
      results.push(this.#resultOf(label, returned, code));
    }
    return { kind: 'done', state: undefined, results };
  }

  async #fold(label: string, task: FoldTask): Promise<UserOutcome> {
    const code = await this.#loader.functionOf(task.code);
    const values = await this.#values(code, task.values, task.argCodes);
    if (values.length === 0)
      throw new Problem('code-error', `${label} has nothing to combine: at least one value is needed`);
    let combined = values[0];
    for (const value of values.slice(1)) {
      const before = combined;
      combined = await run(code, () => Reflect.apply(code.value, undefined, [before, value]));
    }
    return { kind: 'done', state: undefined, results: [this.#resultOf(label, combined, code)] };
  }

  /** The bytes that the task starts from; undefined when they are not here and did not come either. */
  async #keptState({ object, key, state, code: ref }: ThreadInvoke): Promise<Kept | undefined> {
    const kept = this.#states.get(object, key);
    if (kept !== undefined || state === undefined || ref === undefined) return kept;
    const code = await this.#loader.classOf(ref);
    await prepareHandles(state);
    const arrived = { key, bytes: state, code };
    this.#states.set(object, arrived);
    return arrived;
  }

  async #arguments(
    code: Code,
    { args, argCodes = [] }: Pick<InvokeTask, 'args' | 'argCodes'>,
  ): Promise<unknown[]> {
    const list = await this.#loader.arguments(code, args, argCodes);
    if (!Array.isArray(list)) throw new Problem('code-error', 'its arguments are no array');
    return list;
  }

  /** Values that were encoded one by one. */
  async #values(
    code: Code,
    encoded: readonly Uint8Array[],
    argCodes: readonly string[] = [],
  ): Promise<unknown[]> {
    const values: unknown[] = [];
    for (const bytes of encoded) values.push(await this.#loader.arguments(code, bytes, argCodes));
    return values;
  }

  #encodeState(label: string, instance: object, code: Code): Encoded {
    try {
      return encode(instance, { functions: code.state, root: className(instance) });
    } catch (error) {
      throw new Problem('unencodable', `${label}: its state cannot be kept: ${messageOf(error)}`);
    }
  }

  #resultOf(label: string, value: unknown, code: Code): UserResult {
    if (isScalar(value)) {
      if (typeof value === 'string') this.#checkSize(label, 'what it returned', { byteLength: value.length });
      return value;
    }
    let encoded: Encoded;
    try {
      encoded = encode(value, { functions: code.results, root: 'result' });
    } catch (error) {
      throw new Problem('unencodable', `${label}: what it returned cannot be sent: ${messageOf(error)}`);
    }
    this.#checkSize(label, 'what it returned', encoded);
    return encoded.toBytes();
  }

  /** Large states lie in shared memory: the engine and this thread have the same. */
  #bytesOf(label: string, encoded: Encoded): Uint8Array {
    this.#checkSize(label, 'its state', encoded);
    if (encoded.byteLength < LARGE_BYTES) return encoded.toBytes();
    const bytes = new Uint8Array(new SharedArrayBuffer(encoded.byteLength));
    let at = 0;
    for (const part of encoded.parts()) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  #checkSize(label: string, what: string, { byteLength }: Pick<Encoded, 'byteLength'>): void {
    if (byteLength <= this.#maxBytes) return;
    throw new Problem(
      'too-large',
      `${label}: ${what} has ${byteLength} bytes, and ${this.#maxBytes} are allowed; ` +
        'spread it over several objects, or raise maxStateBytes',
    );
  }
}

async function run(code: Code, call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    throw new Thrown(error, code.results);
  }
}

/** Apart from the bytes: what a call writes to a typed array must not write to them. */
function readState(bytes: Uint8Array, code: Code): object {
  let instance: unknown;
  try {
    instance = decode(bytes, { copy: true, ...(code.decoder && { functions: code.decoder }) });
  } catch (error) {
    throw new Problem('code-error', `its state cannot be read with its code: ${messageOf(error)}`);
  }
  if (typeof instance === 'object' && instance !== null) return instance;
  throw new Problem('code-error', `its state is no instance, but ${typeof instance}`);
}

function isConstructor(fn: Function): boolean {
  try {
    Reflect.construct(Object, [], fn);
    return fn.prototype !== undefined;
  } catch {
    return false;
  }
}

function isSame(encoded: Encoded, bytes: Uint8Array): boolean {
  if (encoded.byteLength !== bytes.length) return false;
  let at = 0;
  for (const part of encoded.parts()) {
    if (Buffer.compare(part, bytes.subarray(at, at + part.length)) !== 0) return false;
    at += part.length;
  }
  return true;
}

function failureOf(label: string, error: unknown): UserOutcome {
  if (error instanceof Problem) {
    const { code, message } = error;
    return { kind: 'failed', code, message: message.startsWith(label) ? message : `${label}: ${message}` };
  }
  if (!(error instanceof Thrown))
    return { kind: 'failed', code: 'code-error', message: `${label}: ${messageOf(error)}` };
  const { error: thrown } = error;
  if ((thrown as { name?: unknown } | null)?.name === 'NestedCallError')
    return {
      kind: 'failed',
      code: 'nested-call',
      message:
        `${label}: ${messageOf(thrown)}; code that runs where objects live may hold and return handles, and not call them: ` +
        'return what the caller is to do',
    };
  return { kind: 'threw', error: encodeThrown(error) };
}

function outcome(of: UserOutcome): FromThread {
  return { kind: 'outcome', outcome: of };
}
