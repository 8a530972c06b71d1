import type { Path } from './path.ts';

/**
 * How functions and classes travel; `@skein/closure` supplies it. The codec knows nothing of code: it carries the
 * token, and the values that belong to the function.
 */
export interface FunctionEncoder {
  /**
   * How to name `fn` for the receiver. Throws CaptureError when it cannot travel. May be called again for the
   * same function before the first call's node is written; the nodes must be alike.
   */
  encode(fn: Function, path: Path): FunctionNode;
  /** The #private fields of an instance; undefined when its class has none. */
  privates?(instance: object, path: Path): Record<string, unknown> | undefined;
  /**
   * Asked before an instance of a class that is neither built in nor registered: throws CaptureError when such
   * instances belong to this process (`Socket`), although the class itself may travel.
   */
  instanceOf?(owner: Function, path: Path): void;
  /** A small JSON-like token for an object or function that the receiver already has; asked before all else. */
  reference?(value: object): unknown;
}

/** A function as the message carries it. */
export interface FunctionNode {
  /** Small, JSON-like: which code, which unit, which flags. */
  readonly token: unknown;
  /** Needed to create the function (superclass, lexical `this`, computed keys); cannot refer back to it. */
  readonly before: readonly unknown[];
  /** Filled in once it exists (captured variables, own properties, statics); may refer back to it. */
  readonly after: readonly unknown[];
  /**
   * What the values of `before` and `after` are called in paths, such as `config` for a captured variable; an
   * empty label makes no step of its own. Without labels: `[0]`.
   */
  readonly labels?: { readonly before?: readonly string[]; readonly after?: readonly string[] };
}

/** The receiving side of {@link FunctionEncoder}. */
export interface FunctionDecoder {
  create(token: unknown, before: readonly unknown[]): Function;
  /** The values may still be under construction: keep them, do not read them. */
  fill(fn: Function, token: unknown, after: readonly unknown[]): void;
  /** An instance that inherits from `prototype`, made without running the user's constructor. */
  allocate(prototype: object): object;
  /** Called when the whole value exists. */
  setPrivates(instance: object, fields: Record<string, unknown>): void;
  reference(token: unknown): unknown;
}
