/** Elements of typed arrays: what each type takes, for those who send and for those who keep. */

interface TypedArrays {
  int8: Int8Array;
  uint8: Uint8Array;
  uint8clamped: Uint8ClampedArray;
  int16: Int16Array;
  uint16: Uint16Array;
  int32: Int32Array;
  uint32: Uint32Array;
  float32: Float32Array;
  float64: Float64Array;
  bigint64: BigInt64Array;
  biguint64: BigUint64Array;
}

/** What the elements of a typed array are. */
export type ElementType = keyof TypedArrays;

/** The typed array whose elements are of a type. */
export type TypedArrayOf<E extends ElementType> = TypedArrays[E];

/** An element of such a typed array: a bigint where it has 64 bits and is whole, else a number. */
export type ElementOf<E extends ElementType> = E extends 'bigint64' | 'biguint64' ? bigint : number;

/** What all typed arrays have, whatever their elements. */
export interface Elements {
  [index: number]: number | bigint;
  readonly length: number;
  readonly byteLength: number;
  readonly byteOffset: number;
  readonly buffer: ArrayBufferLike;
  fill(value: number | bigint, start?: number, end?: number): unknown;
  slice(start?: number, end?: number): Elements;
}

interface ElementsClass {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): Elements;
  new (buffer: ArrayBufferLike): Elements;
}

/** In the types' own order, for what errors list. */
const CLASSES: Readonly<Record<ElementType, ElementsClass>> = {
  int8: Int8Array,
  uint8: Uint8Array,
  uint8clamped: Uint8ClampedArray,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
  bigint64: BigInt64Array,
  biguint64: BigUint64Array,
};

/** What a type of elements has to be. */
export const ELEMENT_TYPES: string = Object.keys(CLASSES)
  .map((type) => `'${type}'`)
  .join(', ');

export function isElementType(type: unknown): type is ElementType {
  return typeof type === 'string' && Object.hasOwn(CLASSES, type);
}

export function bytesEach(type: ElementType): number {
  return CLASSES[type].BYTES_PER_ELEMENT;
}

/** So many zeros. */
export function zeros(type: ElementType, length: number): Elements {
  return new CLASSES[type](length);
}

/** Elements that are these bytes, in memory of their own: bytes of messages lie anywhere, elements by their size. */
export function elementsOf(type: ElementType, bytes: Uint8Array): Elements {
  return new CLASSES[type](new Uint8Array(bytes).buffer);
}

/** Their bytes, in the same memory. */
export function bytesOfElements({ buffer, byteOffset, byteLength }: Elements): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Whether a value is a typed array whose elements are of the type: also one of another realm. */
export function isTypedArrayOf(type: ElementType, value: unknown): value is Elements {
  return (
    ArrayBuffer.isView(value) &&
    (value as { readonly [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === CLASSES[type].name
  );
}

/** Whether the elements are bigints. */
export function isBig(type: ElementType): boolean {
  return type === 'bigint64' || type === 'biguint64';
}

/** Whether a value is of the kind of the elements. It need not be within their range: it is wrapped, or rounded. */
export function isElement(type: ElementType, value: unknown): value is number | bigint {
  if (isBig(type)) return typeof value === 'bigint';
  if (type === 'float32' || type === 'float64' || type === 'uint8clamped') return typeof value === 'number';
  // What would be cut off, or become 0, is hardly ever meant.
  return Number.isInteger(value);
}

/** What {@link isElement} takes, for errors. */
export function wantedElement(type: ElementType): string {
  if (isBig(type)) return `a bigint (elements are ${type})`;
  if (type === 'float32' || type === 'float64' || type === 'uint8clamped') return `a number`;
  return `a whole number (elements are ${type})`;
}
