/**
 * What a worker needs: code is imported, messages are decoded with it, results encoded. Light on purpose: no
 * parser, no bundler, no inspector is loaded.
 */
import { decode, type FunctionEncoder, prepare, type Site } from '@skein/codec';
import { type ImportOptions, importBundle, type LoadableCode } from './bundle/import-bundle.ts';
import { unpackBundle } from './bundle/pack.ts';
import { checkNoFilesMissing, layOut } from './include/lay-out.ts';
import { type ImportedCode, LoadedFunctions } from './loader/loaded-functions.ts';
import { scriptRuntime } from './loader/script-runtime.ts';
import { StateEncoder } from './loader/state-encoder.ts';

export type { ImportOptions, LoadableCode } from './bundle/import-bundle.ts';
export { LoadError, type LoadErrorCode } from './bundle/load-error.ts';
export type { External } from './bundle/types.ts';
export type { CodeFile, LoadableFile } from './include/code-file.ts';
export type { LoadedFunctions } from './loader/loaded-functions.ts';

/** Options for decoding with loaded code. */
export interface DecodeOptions {
  /** What revived handles get from this process. */
  readonly site?: Site;
  /** The loaded `codes` of `encodeArguments`, in their order. */
  readonly codes?: readonly LoadedCode[];
}

/** A decoded value together with the functions that came with it. */
export interface LoadedValue<T> {
  readonly value: T;
  /** Names these functions in results, and finds them in arguments: for `encode` and `decode` of the codec. */
  readonly functions: LoadedFunctions;
  /**
   * Encodes what this code itself decodes again, with its `#private` members: the state that an object has between
   * calls. Functions that came with arguments are refused.
   */
  readonly state: FunctionEncoder;
  /** Decodes arguments whose functions and classes have code of their own. */
  decode<U>(bytes: Uint8Array, options?: DecodeOptions): U;
}

/** Imported code. Each `decode` gives functions with variables of their own. */
export class LoadedCode {
  readonly hash: string;
  readonly #imported: ImportedCode;

  /** Use {@link loadCode}. */
  constructor(hash: string, imported: ImportedCode) {
    this.hash = hash;
    this.#imported = imported;
  }

  /** Decodes captured values. Synchronous: the modules of handles have to be there (`prepare` of the codec). */
  decode<T>(values: Uint8Array, options: DecodeOptions = {}): LoadedValue<T> {
    const imported = (codes: readonly LoadedCode[] = []): ImportedCode[] =>
      codes.map((code) => code.#imported);
    const functions = new LoadedFunctions([this.#imported, ...imported(options.codes)]);
    return {
      value: decodeWith<T>(values, functions, options.site),
      functions,
      state: new StateEncoder(functions),
      decode: <U>(bytes: Uint8Array, { site, codes }: DecodeOptions = {}) =>
        decodeWith<U>(
          bytes,
          codes === undefined ? functions : functions.withCodes(imported(codes)),
          site ?? options.site,
        ),
    };
  }
}

function decodeWith<T>(bytes: Uint8Array, functions: LoadedFunctions, site: Site | undefined): T {
  return decode<T>(bytes, site === undefined ? { functions } : { functions, site });
}

/**
 * Imports code, once a process for the same hash, base and externals.
 *
 * When files came with it, code sees itself beside them, in a folder that is laid out as at home, whether or not
 * there is such a folder here: what it reads by `import.meta.url`, `import.meta.dirname` or `__dirname` are the
 * files that travelled, and only they.
 *
 * @throws {LoadError} (rejects) when the text or a file is not the one that its hash names, or the text does not run.
 */
export async function loadCode(loadable: LoadableCode, options: ImportOptions = {}): Promise<LoadedCode> {
  const { hash, code, externals, base = process.cwd(), files = [] } = loadable;
  if (files.length === 0) checkNoFilesMissing(code);
  const home = files.length === 0 ? base : await layOut({ code, files, base }, options.directory);
  const exports = await importBundle({ hash, code, externals, base }, options, home);
  return new LoadedCode(hash, { exports, runtime: scriptRuntime(base, home) });
}

/**
 * The function (or any value) of a bundle or of packed bytes: the inverse of `bundle` and of `pack`.
 *
 * Loading runs code: load only what comes from where you trust.
 */
export async function load<T = unknown>(packed: Uint8Array | { readonly bytes: Uint8Array }): Promise<T> {
  const { code, values } = unpackBundle(packed instanceof Uint8Array ? packed : packed.bytes);
  const loaded = await loadCode(code);
  await prepare(values);
  return loaded.decode<T>(values).value;
}

/** Gives back what `pack` was given: a value with its functions and classes. */
export function unpack<T = unknown>(bytes: Uint8Array): Promise<T> {
  return load<T>(bytes);
}
