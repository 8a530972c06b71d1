/**
 * The format, version 1. Every value starts with one byte:
 *
 * ```
 * 00–3f  integer 0–63          40–5f  ASCII string of 0–31 bytes     60–7f  plain object of shape 0–31
 * 80–…   the tags below
 * ```
 *
 * Integers in the graph are LEB128 varints. An object gets the next number when it comes into being, and
 * `ref` names it from then on; encoder and decoder count alike. A changed meaning is a new version.
 */
export const VERSION = 1;

/** Strings from this length are written once a message; later ones refer to the first. */
export const LONG_STRING = 128;

export const SMALL_INTEGER = 0x00;
export const SHORT_STRING = 0x40;
export const SHORT_SHAPE = 0x60;

export const TAG = {
  undefined: 0x80,
  null: 0x81,
  false: 0x82,
  true: 0x83,
  /** Zigzag varint of a 32-bit integer. */
  integer: 0x84,
  /** Eight bytes, little-endian. */
  float: 0x85,
  /** Sign, then magnitude as little-endian bytes. */
  bigint: 0x86,
  ascii: 0x87,
  utf8: 0x88,
  /** For strings with lone surrogates, which UTF-8 cannot say. */
  utf16: 0x89,
  /** A long string that was written before: number in order of long strings. */
  stringRef: 0x8a,
  hole: 0x8b,
  ref: 0x8c,

  symbol: 0x90,
  symbolBare: 0x91,
  symbolFor: 0x92,
  symbolWellKnown: 0x93,

  /** Object of a known shape; the number follows. */
  object: 0xa0,
  /** Count, keys, values: defines the next shape. */
  objectNewShape: 0xa1,
  /** Count, then key and value by turns: no shape, for dictionaries. */
  dictionary: 0xa2,
  array: 0xa4,
  /** Length, count, then index and value by turns. */
  sparse: 0xa5,
  /** All elements are numbers: element type, count, padding to 8, elements. */
  numbers: 0xa6,
  map: 0xa7,
  set: 0xa8,
  date: 0xa9,
  regexp: 0xaa,
  error: 0xab,
  url: 0xac,
  searchParams: 0xad,
  boxed: 0xae,
  domException: 0xaf,

  arrayBuffer: 0xb0,
  view: 0xb1,
  resizableBuffer: 0xb2,

  /** Flags, then what they announce around the body: see {@link NOTE}. */
  annotated: 0xc0,
  /** In place of a body that its own prelude (prototype, superclass) had to write first; a `ref` follows. */
  already: 0xc1,
  intrinsic: 0xc2,
  prototypeOf: 0xc3,
  registeredClass: 0xc4,
  function: 0xc5,
  reference: 0xc6,
  handle: 0xc7,
  /** The class of a handle, by its type: the receiver has it from the module that defines it. */
  handleClass: 0xc9,
  /** In a chunk, in place of an item that could not be encoded: the reason. */
  failed: 0xc8,
} as const;

/** What an annotated value carries besides its body. */
export const NOTE = {
  /** A prototype comes before the body. */
  prototype: 1,
  /** Own properties with their attributes follow the body. */
  properties: 2,
  /** The fields that only the class can see follow. */
  privates: 4,
  frozen: 8,
  sealed: 16,
  inextensible: 32,
} as const;

/** The attributes of a property in an annotated value. */
export const ATTRIBUTE = { enumerable: 1, configurable: 2, writable: 4, accessor: 8, symbol: 16 } as const;

/** Kinds of views, in the order of their numbers on the wire: append only. */
export const VIEW_KINDS = [
  'Uint8Array',
  'Buffer',
  'Int8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'DataView',
  'Float16Array',
] as const;

/** Name of a view's kind. */
export type ViewKind = (typeof VIEW_KINDS)[number];

/** Element types of packed number arrays. */
export const NUMBERS = { int32: 0, float64: 1 } as const;

/** In place of the attributes of a further property. */
export const END_OF_PROPERTIES = 0xff;
