import type { EncodedSourceMap } from '../captured-code.ts';
import type { LoadableFile } from '../include/code-file.ts';

/** Options of {@link bundle}. */
export interface BundleOptions {
  /**
   * Packages (`'sharp'`, `'@scope/name'`) that are not bundled: they are imported where the function runs.
   * Subpaths of a named package are left out too.
   */
  readonly external?: readonly string[];
  /**
   * Files that travel with the code: paths and globs from the folder of the file that defines the function (the
   * working directory for functions without a file). The code reads them beside its `import.meta.url`, as at home.
   * At most 1,000 files and 256 MiB.
   *
   * `*` and `**` leave out files whose name begins with a dot, and `node_modules` unless the glob names it. An
   * absolute path has to lead into the package of that file. Links are followed.
   */
  readonly include?: readonly string[];
  /**
   * Packages whose modules are imported where the function runs, from where they are: for receivers that see the
   * same files. @default none
   */
  readonly provided?: readonly ProvidedPackage[];
  /** Conditions of `exports` maps. @default those of this process, `node --conditions=…` */
  readonly conditions?: readonly string[];
}

/** A package that the receiver can import as it is, so that its code need not travel. */
export interface ProvidedPackage {
  /** What imports call it; code that was bundled before may import it where nothing is installed. */
  readonly name: string;
  /** Absolute path of its entry, which only re-exports. What of it a function uses is imported from its modules. */
  readonly entry: string;
  /** Absolute path of what is imported for a module that the entry names by its absolute path. */
  locate(module: string): string;
}

/** A module that is not in the bundle's text and has to exist where it runs. */
export interface External {
  /** How the runtime can find it by itself: a bare specifier, or a file relative to a package (`pkg/build/x.node`). */
  readonly name: string;
  /** Where the client's resolver found it. Never part of the text or the hash. */
  readonly path: string | undefined;
  /** `import`: needed before the bundle runs. `dynamic` and `require`: loaded when the code comes to it. */
  readonly kind: 'import' | 'dynamic' | 'require';
}

/** Code with its imports as one self-contained ES module; see `captured-code.ts` for what it exports. */
export interface Bundle {
  /**
   * SHA-256 of `code`, hex. The same code has the same hash in any folder, whatever values were captured. The text
   * ends with the digest of `files`, so that other contents are another hash.
   */
  readonly hash: string;
  readonly code: string;
  readonly externals: readonly External[];
  /** What `include` names, each file once, by path. Contents are read when they are asked for. */
  readonly files: readonly LoadableFile[];
  /** The root script's folder on this machine; paths in the text are relative to it. Not part of the hash. */
  readonly base: string;
  /** Absolute paths of the files that went into the text, beside the captured scripts. */
  readonly inputs: readonly string[];
  /** Maps `code` to the files as the user wrote them; computed when asked for. Sources are absolute paths. */
  map(): EncodedSourceMap;
  /** Where one position in `code` was written; cheaper than the whole map. `line` from 1, `column` from 0. */
  locate(line: number, column: number): SourcePosition | undefined;
  /** What the user called what is called `name` in `code`; a bundler renames when two files use one name. */
  originalName(name: string): string;
}

/** A bundle together with the values that a function captured. */
export interface FunctionBundle extends Bundle {
  /** Code and values in one message: what `load` takes. Made when asked for. */
  readonly bytes: Uint8Array;
}

/** A place in a user's file: `line` from 1, `column` from 0. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}
