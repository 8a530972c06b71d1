/**
 * How functions, classes and imported values are named in a message: small JSON values, read by the loader in a
 * worker and by the decoder of results at the caller. `code` is 0 for the captured function's own code and n for
 * the nth extra code that came with arguments.
 */
export type Token = ReferenceToken | MakeToken;

/**
 * Something that the receiver has already. In a message it is its JSON text: the codec asks one object both for the
 * token of a value and for the value of a token, and a string is never taken for a value that needs a token.
 */
export type ReferenceToken =
  /** One of Node's own modules, or a member of it; `'*'` is the namespace, `'default'` the module itself. */
  | readonly ['node', module: string, member: string]
  /** What a script imports, by the path under which it uses it: `chunk`, `ns.Point`. */
  | readonly ['import', code: number, script: number, path: string]
  /** An entry of the code's references. */
  | readonly ['export', code: number, reference: number]
  /** A function that was made from an earlier message. */
  | readonly ['known', id: number];

/** A function to be made. */
export type MakeToken =
  /** A unit of a script. `extras` says what follows the unit's own values. */
  | readonly ['unit', code: number, script: number, unit: number, id: number, extras: readonly Extra[]]
  /** What `bind` makes: the values are target, `this`, arguments. */
  | readonly ['bound', id: number, name: string, length: number];

/** State of a function object beyond its captured variables; the values it takes follow in the same order. */
export type Extra =
  /**
   * A property of the function (`own`) or of its prototype (`prototype`). `key` is null when the first value is
   * the key, a symbol. `flags`: 1 writable, 2 enumerable, 4 configurable, 8 accessor (two values: get, set).
   */
  | readonly [on: 'own' | 'prototype', key: string | null, flags: number]
  /** The prototype of the function's prototype: `util.inherits`, `Object.setPrototypeOf`. */
  | readonly ['inherits']
  /** Static `#private` fields: that many values, in the order of the class. */
  | readonly ['statics', count: number];

/** Bits of an {@link Extra}'s flags. */
export const PROPERTY = { writable: 1, enumerable: 2, configurable: 4, accessor: 8 } as const;

/** A reference as it stands in a message. */
export function written(token: ReferenceToken): string {
  return JSON.stringify(token);
}

/** The inverse of {@link written}. */
export function readToken(text: string): ReferenceToken {
  return JSON.parse(text) as ReferenceToken;
}
