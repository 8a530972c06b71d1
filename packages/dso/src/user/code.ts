/** How code of the user's is named and carried: text apart from values, as `@skein/closure` bundles it. */

/** A module that is not in the bundle's text and has to exist where it runs: `External` of `@skein/closure`. */
export interface CodeExternal {
  readonly name: string;
  readonly path: string | undefined;
  readonly kind: 'import' | 'dynamic' | 'require';
}

/** The text of a bundle; JSON-able. The same code has the same hash whoever ships it, and needs to be known once. */
export interface CodeText {
  /** SHA-256 of `code`, hex; checked before anything of it runs. */
  readonly hash: string;
  readonly code: string;
  readonly externals: readonly CodeExternal[];
  /** The folder that bundled files see themselves in; packages of `externals` are looked up from there. */
  readonly base?: string | undefined;
}

/** A class or function of the user's. */
export type CodeRef = BundleRef | PreloadedRef;

/** One that a client has shipped. */
export interface BundleRef {
  readonly kind: 'bundle';
  readonly hash: string;
  /** What the class or function is called, for messages. */
  readonly name: string;
  /**
   * The captured values; decoded with the loaded code they are the class or function. The state of an object can
   * only be read with the very values that it was constructed with: keep the whole reference with the object.
   */
  readonly values: Uint8Array;
}

/** One that a module exports which was loaded at the start (`--load module`). */
export interface PreloadedRef {
  readonly kind: 'preloaded';
  readonly name: string;
}
