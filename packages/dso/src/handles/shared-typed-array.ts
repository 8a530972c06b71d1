import { codesOf } from '../objects/catalog.ts';
import {
  bytesOfElements,
  ELEMENT_TYPES,
  type ElementOf,
  type ElementType,
  elementsOf,
  isElement,
  isElementType,
  isTypedArrayOf,
  type TypedArrayOf,
  wantedElement,
  zeros,
} from '../objects/typed-elements.ts';
import type { Value } from '../value/value.ts';
import { count, expected, index, iterable } from './collection-arguments.ts';
import { type CallOptions, SharedObject, type WriteOptions } from './shared-object.ts';

const CODES = codesOf('typedArray');

/**
 * Numbers of one type that many share, as many as it was made with: elements of 64 bits that are whole are bigints, all
 * others numbers. What is set becomes what a typed array makes of it: whole numbers wrap around at their size
 * (`uint8clamped` stays at its limits instead), `float32` is rounded. Each method is one step for all who share it.
 */
export class SharedTypedArray<E extends ElementType = ElementType> extends SharedObject {
  #type: ElementType | undefined;

  /** The element at an index, from 0. */
  async get(i: number, options?: CallOptions): Promise<ElementOf<E>> {
    return (await this.read(CODES.get, [place(i)], options)) as ElementOf<E>;
  }

  /** Sets the element at an index. */
  async set(i: number, value: ElementOf<E>, options?: WriteOptions): Promise<void> {
    const type = this.#known ?? (await this.#ask());
    await this.write(CODES.set, [place(i), element(type, 'the element', value)], options);
  }

  /** Adds to the element at an index, and gives what it is then: it wraps around, or is rounded, as a typed array's. */
  async add(i: number, n: ElementOf<E>, options?: WriteOptions): Promise<ElementOf<E>> {
    const type = this.#known ?? (await this.#ask());
    const args = [place(i), element(type, 'the number to add', n)];
    return (await this.write(CODES.add, args, options)) as ElementOf<E>;
  }

  /**
   * Sets the element at an index to `next` if it is `expected`; whether it was. What is expected counts as the element
   * that it would become, and NaN is NaN.
   */
  async compareAndSet(
    i: number,
    expected: ElementOf<E>,
    next: ElementOf<E>,
    options?: WriteOptions,
  ): Promise<boolean> {
    const type = this.#known ?? (await this.#ask());
    const args = [
      place(i),
      element(type, 'the expected element', expected),
      element(type, 'the next element', next),
    ];
    return (await this.write(CODES.compareAndSet, args, options)) as boolean;
  }

  /** A copy of some elements, of one moment, counted as `TypedArray.prototype.slice` does; of all without arguments. */
  async slice(from?: number, to?: number, options?: CallOptions): Promise<TypedArrayOf<E>> {
    const type = this.#known ?? (await this.#ask());
    const bytes = (await this.read(CODES.slice, range(from, to), options)) as Uint8Array;
    return elementsOf(type, bytes) as unknown as TypedArrayOf<E>;
  }

  /** Sets elements one after another from an index on, at one moment. */
  async setSlice(
    from: number,
    values: TypedArrayOf<E> | Iterable<ElementOf<E>>,
    options?: WriteOptions,
  ): Promise<void> {
    const start = place(from);
    // As they are now, whatever becomes of them while the type is asked for.
    const given = this.#known === undefined ? copied('the elements', values) : values;
    const type = this.#known ?? (await this.#ask());
    await this.write(CODES.setSlice, [start, bytesOfValues(type, 'the elements', given)], options);
  }

  /** Sets all elements to one, or some, counted as `TypedArray.prototype.fill` does. */
  async fill(value: ElementOf<E>, from?: number, to?: number, options?: WriteOptions): Promise<void> {
    const type = this.#known ?? (await this.#ask());
    await this.write(CODES.fill, [element(type, 'the element', value), ...range(from, to)], options);
  }

  /** How many elements it has. */
  async length(options?: CallOptions): Promise<number> {
    return ((await this.read(CODES.shape, [], options)) as [string, number])[1];
  }

  /** What its elements are. */
  async elementType(): Promise<E> {
    return (this.#known ?? (await this.#ask())) as E;
  }

  get #known(): ElementType | undefined {
    this.#type ??= this.place.config[0] as ElementType | undefined;
    return this.#type;
  }

  /** A handle that has travelled without its configuration, which was large, learns the type by its first use. */
  async #ask(): Promise<ElementType> {
    const [type] = (await this.read(CODES.shape, [])) as [ElementType, number];
    this.#type = type;
    return type;
  }
}

/** How a typed array is made: its type, length and bytes. */
export function typedArrayConfig(
  type: ElementType,
  length: number | undefined,
  initial: Iterable<number | bigint> | undefined,
): readonly Value[] {
  if (!isElementType(type)) throw expected('type', `one of ${ELEMENT_TYPES}`, type);
  return [
    type,
    length === undefined ? undefined : count('length', length),
    initial === undefined ? undefined : (bytesOfValues(type, 'initial', initial) as Value),
  ];
}

function place(i: number): number {
  return count('the index', i);
}

function range(from: number | undefined, to: number | undefined): readonly Value[] {
  return [
    from === undefined ? undefined : index('from', from),
    to === undefined ? undefined : index('to', to),
  ];
}

/** What a bigint would become by wrapping around it becomes here: only so much of it travels. */
function element(type: ElementType, what: string, value: unknown): number | bigint {
  if (!isElement(type, value)) throw expected(what, wantedElement(type), value);
  if (typeof value === 'number') return value;
  return type === 'bigint64' ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value);
}

/** Copied: a call may be sent again, when the caller has long changed its own. */
function bytesOfValues(type: ElementType, what: string, values: unknown): Uint8Array & Value {
  if (isTypedArrayOf(type, values)) return new Uint8Array(bytesOfElements(values));
  const items = copied(what, values);
  const elements = zeros(type, items.length);
  for (const [i, value] of items.entries()) elements[i] = element(type, `${what}[${i}]`, value);
  return bytesOfElements(elements) as Uint8Array & Value;
}

function copied(what: string, values: unknown): unknown[] {
  return Array.from(iterable(what, values as Iterable<unknown>));
}
