/** Functions that find their state where they left it: an object, which is only ever replaced in the version that was read. */
import { decode, encode, prepare, processSite } from '@skein/codec';
import type { WaitOptions } from '@skein/storage';
import { badArgument, CloudObjectError, codeOf, isMissing } from './errors.ts';
import { checkName } from './keys.ts';
import { endOf, Pauses } from './pause.ts';
import { processState } from './process-state.ts';
import { inBucket } from './put.ts';
import { placeOf, type ScopeOptions, type ScopePlace } from './scope.ts';
import { storageId } from './storage-id.ts';

export interface StatefulOptions extends ScopeOptions, WaitOptions {
  /** How long one invocation may try, where others change the state all the time. @default 60_000 */
  readonly timeoutMs?: number | undefined;
}

/** What is left by functions stays, for later runs. */
const DEFAULT_SCOPE = 'state';
const TIMEOUT_MS = 60_000;
const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 500;

interface Definition {
  readonly name: string;
  readonly initial: object;
  readonly update: (state: never, ...args: never[]) => unknown;
  readonly options: StatefulOptions;
}

/**
 * Makes a function of one that gets its state first. It may change that state, which is kept when it returns; when it throws,
 * the state stays as it was. Of invocations at the same time, wherever they run, each finds the state that another left: one
 * that comes too late runs again on the newer state, so `update` is to have no other effects.
 *
 * @param name of the state: every function of this name and scope has the same one
 * @param initial the first state, an object; or a function that makes it
 */
export function stateful<S extends object, A extends readonly unknown[], R>(
  name: string,
  initial: S | (() => S),
  update: (state: S, ...args: A) => R,
  options: StatefulOptions = {},
): (...args: A) => Promise<Awaited<R>> {
  checkName('name', name);
  if (typeof update !== 'function') throw badArgument('update', 'a function', update);
  if (initial === null || (typeof initial !== 'object' && typeof initial !== 'function'))
    throw badArgument('initial', 'an object, or a function that makes one', initial);
  const definition = { name, initial, update, options };
  return (...args) => invoke(definition as unknown as Definition, args) as Promise<Awaited<R>>;
}

async function invoke(definition: Definition, args: readonly unknown[]): Promise<unknown> {
  const { name, options } = definition;
  const place = await placeOf(options, DEFAULT_SCOPE);
  await need(name, place);
  const { storage, bucket, prefix } = place;
  const key = `${prefix}state/${name}`;
  const { signal, end } = endOf(
    `the change of state ${JSON.stringify(name)}`,
    { signal: options.signal, timeoutMs: options.timeoutMs ?? TIMEOUT_MS },
    processSite().call?.signal,
  );
  try {
    return await inTurn(`${storageId(storage)} ${bucket} ${key}`, () =>
      change(place, key, definition, args, signal),
    );
  } finally {
    end();
  }
}

/** Those of one process take turns: they would only undo each other's work. */
async function inTurn<R>(id: string, work: () => Promise<R>): Promise<R> {
  const { changing } = processState();
  const before = changing.get(id) ?? Promise.resolve();
  const own = before.then(work, work);
  const settled = own.then(
    () => {},
    () => {},
  );
  changing.set(id, settled);
  void settled.then(() => {
    if (changing.get(id) === settled) changing.delete(id);
  });
  return own;
}

async function change(
  place: ScopePlace,
  key: string,
  { initial, update }: Definition,
  args: readonly unknown[],
  signal: AbortSignal,
): Promise<unknown> {
  const { storage, bucket } = place;
  const pauses = new Pauses(FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
  for (;;) {
    signal.throwIfAborted();
    const before = await read(place, key, signal);
    const bytes = before?.bytes ?? Buffer.from(encode(firstOf(initial), { root: 'initial' }).toBytes());
    await prepare(bytes);
    const state = decode<object>(bytes, { copy: true });
    const result = await update(state as never, ...(args as never[]));
    const after = encode(state, { reach: storage.reach, root: 'state' }).toBytes();
    if (before !== undefined && bytes.equals(after)) return result;
    const condition = before === undefined ? { ifNoneMatch: '*' as const } : { ifMatch: before.etag };
    try {
      await inBucket(place, () => storage.putObject(bucket, key, after, { ...condition, signal }));
      return result;
    } catch (error) {
      // Of a state that was cleaned meanwhile some stores say that it is not there.
      if (codeOf(error) !== 'precondition-failed' && !isMissing(error)) throw error;
    }
    await pauses.pause(signal);
  }
}

async function read(
  { storage, bucket }: ScopePlace,
  key: string,
  signal: AbortSignal,
): Promise<{ readonly bytes: Buffer; readonly etag: string } | undefined> {
  try {
    const { info, body } = await storage.getObject(bucket, key, { info: true, signal });
    return { bytes: body, etag: info.etag };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function firstOf(initial: object): object {
  const first: unknown = typeof initial === 'function' ? initial() : initial;
  if (typeof first === 'object' && first !== null) return first;
  throw badArgument('what initial() returns', 'an object', first);
}

async function need(name: string, { storage }: ScopePlace): Promise<void> {
  if ((await storage.supports('if-match')) && (await storage.supports('if-none-match'))) return;
  throw new CloudObjectError(
    'unsupported',
    `the state ${JSON.stringify(name)} is safe only in a storage with conditional writes (if-match and if-none-match); ` +
      `the ${storage.kind} storage has not both`,
  );
}
