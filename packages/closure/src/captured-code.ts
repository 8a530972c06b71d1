/**
 * What `capture` hands to `bundle`, and what a bundle must export so that `load` can use it.
 *
 * A captured script is emitted as one ES module whose only export is a *factory*. Everything that a function
 * reads lives inside the factory, so calling it again gives fresh script-level variables: two captures of the
 * same code with different values live side by side in one process.
 *
 * ```js
 * import { chunk } from "lodash-es";            // head: '' unless something must be resolved by a bundler
 * export default (skein$) => {                  // factory: one JavaScript expression
 *   let factor;                                 // script-level variables that captured functions use
 *   const { join } = skein$.builtin("path");    // Node's own modules come from the runtime, never by import
 *   return { units: [...], imports: {...} };
 * };
 * ```
 *
 * A bundle is one ES module with exactly two exports, in the order of {@link CapturedCode}:
 *
 * ```js
 * export const scripts = [factory0, factory1];
 * export const references = [() => reference0];  // thunks: a namespace stays tree-shakeable, a cycle stays live
 * ```
 *
 * Code whose scripts all have `imports: false`, and which has no references and no modules, can be written
 * directly: put each `factory` in the array, starting on a line of its own.
 */

/** A version 3 source map in its encoded form. */
export interface EncodedSourceMap {
  readonly version: 3;
  readonly file?: string | null;
  readonly sourceRoot?: string;
  readonly sources: readonly (string | null)[];
  readonly sourcesContent?: readonly (string | null)[];
  readonly names: readonly string[];
  readonly mappings: string;
}

/** One source script (a file that Node ran, or code made by `new Function`) as far as captured functions need it. */
export interface CapturedScript {
  /** Absolute path of the script; its folder is where its `import`s resolve. `undefined` for code without a file. */
  readonly file: string | undefined;
  /** The URL under which Node ran it, for messages. */
  readonly url: string;
  /**
   * The whole ES module: `head + 'export default ' + factory + ';\n'`. Holds no absolute path unless an import
   * of the user's own names one.
   */
  readonly text: string;
  /**
   * Import declarations and `require` calls, one a line, each ended by a newline; `''` when there are none.
   * Specifiers are as the user wrote them (a vite root-relative one is made relative to `file`).
   */
  readonly head: string;
  /** `(skein$) => ({ units, imports })` as an expression, without a trailing semicolon. */
  readonly factory: string;
  /**
   * Whether a bundler must see `text`: it has a head, a dynamic `import()` of something that is not Node's own,
   * or a `require` call within a function. When false the factory is self-contained.
   */
  readonly imports: boolean;
  /**
   * Maps `text` to the code as the user wrote it (through the map of the transpiler that made the script, if any).
   * The first line of `factory` carries no mapping, so that moving the factory to another place moves whole lines.
   * Sources are absolute paths. Computed when asked for.
   */
  map(): EncodedSourceMap;
}

/**
 * Something that travels by import from the file that defines it: a function or class that its file exports.
 *
 * - `kind: 'module'` — `import { name } from file`; `name` may be `'default'` or `'*'` (the namespace).
 * - `kind: 'commonjs'` — `require(file)[name]`; `name` is `''` for `module.exports` itself.
 */
export interface CodeReference {
  readonly kind: 'module' | 'commonjs';
  /** Absolute path of the defining file. */
  readonly file: string;
  readonly name: string;
}

/** What to bundle: code without a single captured value. */
export interface CapturedCode {
  /** Identifies the code within this process without bundling it: equal keys mean equal scripts, references and modules. */
  readonly key: string;
  readonly scripts: readonly CapturedScript[];
  readonly references: readonly CodeReference[];
  /** Specifiers of the modules that define captured handles; they resolve from `root` and join the bundle for their side effect. */
  readonly modules: readonly string[];
  /**
   * File of the script that defines the root function; `undefined` when it has none. Paths in a bundle are
   * relative to this file's folder: it is what `base` stands for in a worker.
   */
  readonly root: string | undefined;
}

/** What the factory of a script gets from the loader. */
export interface ScriptRuntime {
  /** One of Node's own modules by its name without `node:`, as `import` would give its default export. */
  builtin(name: string): unknown;
  /** The same as a namespace: named exports and `default`. */
  builtinNamespace(name: string): unknown;
  /** `import.meta` of a captured script, whose path is given relative to the root's folder. */
  meta(path: string): ScriptMeta;
  /** True while the loader makes an instance without running the user's constructor and field initialisers. */
  readonly allocating: boolean;
  /** Called from a `static` block of every captured class that has `#private` members. */
  registerPrivates(target: Function, access: PrivateAccess): void;
  /** Stands in for the counters of coverage tools. */
  readonly coverage: unknown;
}

/** The parts of `import.meta` (and their CommonJS twins) that captured code can use. */
export interface ScriptMeta {
  readonly url: string;
  readonly filename: string;
  readonly dirname: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  resolve(specifier: string): string;
}

/** Reads and writes `#private` state from inside the class body; values are in the order of the class's declarations. */
export interface PrivateAccess {
  readonly names: readonly string[];
  get(instance: object): unknown[];
  set(instance: object, values: readonly unknown[]): void;
  readonly staticNames: readonly string[];
  getStatic(): unknown[];
  setStatic(values: readonly unknown[]): void;
}

/** What a factory returns. */
export interface ScriptInstance {
  readonly units: readonly Unit[];
  /** Imported values that captured functions use, so that they are recognised in results: `chunk`, `ns.Point`. */
  readonly imports: Readonly<Record<string, () => unknown>>;
}

/**
 * Makes one captured function or class. `before` holds what must exist first (superclass, variables used in computed
 * class keys); the returned setter fills the captured variables in once everything exists, so that cycles close.
 */
export type Unit = (
  before: readonly unknown[],
) => readonly [made: Function, fill: (values: readonly unknown[]) => void];

/** A factory: every call gives fresh script-level variables. */
export type ScriptFactory = (runtime: ScriptRuntime) => ScriptInstance;

/** What a bundle exports. */
export interface BundleExports {
  readonly scripts: readonly ScriptFactory[];
  readonly references: readonly (() => unknown)[];
}
