/** Classes and functions as tasks name them, loaded and ready; and how to read and write values with them. */
import type { LoadedCode } from '@skein/closure/load';
import { decode, encode, type FunctionDecoder, type FunctionEncoder, HandleError } from '@skein/codec';
import type { BundleRef, CodeRef, CodeText } from '../code.ts';
import { prepareHandles } from './handles.ts';
import type { Modules } from './modules.ts';
import { plainEncoder } from './plain-encoder.ts';
import { messageOf, Problem } from './problem.ts';

/** A class or function with what reads and writes its values. */
export interface Code {
  readonly value: Function;
  /** Writes states, with everything private. */
  readonly state: FunctionEncoder;
  /** Writes results. */
  readonly results: FunctionEncoder;
  /** Reads states; undefined when they hold no code. */
  readonly decoder: FunctionDecoder | undefined;
  /** Reads arguments whose functions and classes have code of their own. */
  decode(bytes: Uint8Array, codes: readonly LoadedCode[]): unknown;
}

/** Classes that are kept, with their captured values. */
const MAX_CLASSES = 64;

export class CodeLoader {
  readonly #modules: Modules;
  readonly #directory: string;
  readonly #onLoaded: () => void;
  readonly #texts = new Map<string, CodeText>();
  readonly #loaded = new Map<string, Promise<LoadedCode>>();
  /** In the order of their last use. */
  #classes: { readonly ref: BundleRef; readonly code: Code }[] = [];

  /** @param onLoaded told when code was loaded that was not there before */
  constructor(directory: string, modules: Modules, onLoaded: () => void) {
    this.#directory = directory;
    this.#modules = modules;
    this.#onLoaded = onLoaded;
  }

  add(texts: readonly CodeText[]): void {
    for (const text of texts) this.#texts.set(text.hash, text);
  }

  /** A class, made once for the same captured values: what its statics hold is no part of any object. */
  async classOf(ref: CodeRef): Promise<Code> {
    if (ref.kind === 'preloaded') return this.#preloaded(ref.name);
    const at = this.#classes.findIndex(
      (known) => known.ref.hash === ref.hash && Buffer.compare(known.ref.values, ref.values) === 0,
    );
    if (at >= 0) {
      const [known] = this.#classes.splice(at, 1);
      this.#classes.push(known!);
      return known!.code;
    }
    const code = await this.#decoded(ref);
    this.#classes.push({ ref, code });
    if (this.#classes.length > MAX_CLASSES) this.#classes.shift();
    return code;
  }

  /** A function, made anew: its variables are as they were captured, whatever an earlier call has assigned. */
  async functionOf(ref: CodeRef): Promise<Code> {
    return ref.kind === 'preloaded' ? this.#preloaded(ref.name) : this.#decoded(ref);
  }

  /** Arguments, with the functions and classes in them. A promise only where something has to be loaded first. */
  arguments(code: Code, bytes: Uint8Array, hashes: readonly string[]): unknown {
    if (hashes.length > 0) return this.#argumentsWithCode(code, bytes, hashes);
    try {
      return code.decode(bytes, []);
    } catch (error) {
      // The handles within are of a class that this thread meets for the first time.
      if (error instanceof HandleError && error.code === 'unknown-type')
        return this.#argumentsWithCode(code, bytes, hashes);
      throw unreadable(error);
    }
  }

  async #argumentsWithCode(code: Code, bytes: Uint8Array, hashes: readonly string[]): Promise<unknown> {
    const codes = await Promise.all(hashes.map((hash) => this.#load(hash)));
    await prepareHandles(bytes);
    try {
      return code.decode(bytes, codes);
    } catch (error) {
      throw unreadable(error);
    }
  }

  #preloaded(name: string): Code {
    const value = this.#modules.get(name);
    if (value === undefined) {
      const { names } = this.#modules;
      throw new Problem(
        'no-such-code',
        `no preloaded module exports ${name}; they export ${names.join(', ') || 'nothing'}`,
      );
    }
    return {
      value,
      state: plainEncoder,
      results: plainEncoder,
      decoder: undefined,
      decode: (bytes, codes) => (codes.length === 0 ? decode(bytes) : decodeAlone(bytes, codes)),
    };
  }

  async #decoded(ref: BundleRef): Promise<Code> {
    const loaded = await this.#load(ref.hash);
    await prepareHandles(ref.values);
    try {
      const { value, functions, state, decode: decodeWith } = loaded.decode<unknown>(ref.values);
      if (typeof value !== 'function')
        throw new TypeError(`it is no function or class, but ${value === null ? 'null' : typeof value}`);
      return {
        value,
        state,
        results: functions,
        decoder: functions,
        decode: (bytes, codes) => decodeWith(bytes, codes.length === 0 ? {} : { codes }),
      };
    } catch (error) {
      throw new Problem(
        'code-error',
        `the code of ${ref.name} does not fit its captured values: ${messageOf(error)}`,
      );
    }
  }

  #load(hash: string): Promise<LoadedCode> {
    let loading = this.#loaded.get(hash);
    if (loading === undefined) {
      loading = this.#loadNow(hash);
      this.#loaded.set(hash, loading);
      loading.catch(() => this.#loaded.delete(hash)); // a missing package can be installed meanwhile
    }
    return loading;
  }

  async #loadNow(hash: string): Promise<LoadedCode> {
    const text = this.#texts.get(hash);
    if (text === undefined) throw new Problem('no-such-code', `the code ${hash} is not here: ship it again`);
    const { loadCode } = await closureLoader();
    try {
      const loaded = await loadCode(text, { directory: this.#directory });
      this.#onLoaded();
      return loaded;
    } catch (error) {
      throw new Problem('code-error', `its code could not be loaded: ${messageOf(error)}`);
    }
  }
}

function unreadable(error: unknown): Problem {
  return new Problem(
    'code-error',
    `its arguments cannot be read with the code that came: ${messageOf(error)}`,
  );
}

/** For modules alone nothing of it is needed. */
async function closureLoader(): Promise<typeof import('@skein/closure/load')> {
  try {
    return await import('@skein/closure/load');
  } catch (error) {
    throw new Problem(
      'code-error',
      'classes and functions that clients ship need @skein/closure where objects live: npm install @skein/closure ' +
        `(or preload a module); importing it failed: ${messageOf(error)}`,
    );
  }
}

/** Arguments to preloaded code: all functions in them have code of their own, which counts itself as the second. */
function decodeAlone(bytes: Uint8Array, codes: readonly LoadedCode[]): unknown {
  const [own] = codes;
  return own!.decode(nothing, { codes }).decode(bytes, { codes });
}

const nothing = encode(undefined).toBytes();
