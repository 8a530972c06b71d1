/** How values are told apart on the wire. Part of the protocol: numbers are never used again for another thing. */
export const Tag = {
  undefined: 0,
  null: 1,
  false: 2,
  true: 3,
  /** Zigzag varint, of magnitude below 2^52. */
  integer: 4,
  float64: 5,
  /** Decimal text. */
  bigint: 6,
  /** UTF-8, length before it. */
  string: 7,
  bytes: 8,
  /** Bytes of the codec. */
  packed: 9,
  /** Little-endian, count before it. */
  float64Array: 10,
  list: 11,
  /** 16-255 are the integers 0-239 themselves. */
  small: 16,
} as const;

export const MAX_SMALL: number = 255 - Tag.small;
