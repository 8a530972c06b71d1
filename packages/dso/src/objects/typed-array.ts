import { defineType } from '../engine/define-type.ts';
import { type ObjectType, read, write } from '../engine/object-type.ts';
import { Refusal } from '../engine/refusal.ts';
import { sizeOf, type Value } from '../value/value.ts';
import { bad, bytes, count, integer, list, optional } from './arguments.ts';
import {
  bytesEach,
  bytesOfElements,
  ELEMENT_TYPES,
  type Elements,
  type ElementType,
  elementsOf,
  isElement,
  isElementType,
  wantedElement,
  zeros,
} from './typed-elements.ts';

interface TypedArray {
  readonly type: ElementType;
  /** Changed in place: no reply shares its memory. */
  readonly elements: Elements;
}

/**
 * Numbers of one type, as many as it was made with. They are kept as a typed array keeps them: whole numbers wrap around,
 * floats are rounded. Several of them travel as bytes, little-endian.
 */
export const typedArray: ObjectType = defineType<'typedArray', TypedArray>('typedArray', {
  // What is none is refused by `create`.
  weight: ([type, length, initial]) =>
    isElementType(type) && typeof length === 'number' ? length * bytesEach(type) : sizeOf(initial),
  create([type, length, initial], call) {
    if (!isElementType(type)) throw bad('the type of elements', `one of ${ELEMENT_TYPES}`, type);
    const made = initialOf(type, length, initial);
    call.grow(made.byteLength);
    return { type, elements: made };
  },
  operations: {
    /** `[the type of elements, how many]` */
    shape: read(({ type, elements }) => [type, elements.length]),
    /** `[index]` */
    get: read(({ elements }, [i]) => elements[placeOf(elements, i)]),
    /** `[index, element]` */
    set: write(({ type, elements }, [i, value]) => {
      const place = placeOf(elements, i);
      elements[place] = elementOf(type, 'the element', value);
      return undefined;
    }),
    /** `[index, what to add]` -> what it is then. */
    add: write(({ type, elements }, [i, by]) => {
      const place = placeOf(elements, i);
      elements[place] = sum(elements[place]!, elementOf(type, 'the number to add', by));
      return elements[place];
    }),
    /** `[index, expected, next]` -> whether it was the expected one, which counts as the element that it would be. */
    compareAndSet: write(({ type, elements }, [i, expected, next]) => {
      const place = placeOf(elements, i);
      const asked = zeros(type, 1);
      asked[0] = elementOf(type, 'the expected element', expected);
      const value = elementOf(type, 'the next element', next);
      // NaN is NaN, and 0 is -0.
      if (![asked[0]].includes(elements[place]!)) return false;
      elements[place] = value;
      return true;
    }),
    /** `[start?, end?]`, as `TypedArray.prototype.slice` counts: from the end where negative. */
    slice: read(({ elements }, [start, end]) => {
      const some = elements.slice(optional('start', start, integer), optional('end', end, integer));
      return bytesOfElements(some) as Uint8Array & Value;
    }),
    /** `[index of the first, elements as bytes]` */
    setSlice: write(({ type, elements }, [from, values]) => {
      const source = bytes('the elements', values);
      const each = bytesEach(type);
      const start = count('where to set', from);
      const length = source.length / each;
      if (!Number.isInteger(length)) throw bad('the elements', `elements of ${each} bytes each`, values);
      if (start + length > elements.length)
        throw new Refusal(
          'bad-argument',
          `${length} elements from ${start} on do not fit: there are ${elements.length}`,
        );
      bytesOfElements(elements).set(source, start * each);
      return undefined;
    }),
    /** `[element, start?, end?]`, as `TypedArray.prototype.fill` counts. */
    fill: write(({ type, elements }, [value, start, end]) => {
      elements.fill(
        elementOf(type, 'the element', value),
        optional('start', start, integer),
        optional('end', end, integer),
      );
      return undefined;
    }),
  },
  dump: ({ type, elements }) => [type, bytesOfElements(elements.slice())],
  restore(data) {
    const [type, values] = list('the dump', data as Value);
    if (!isElementType(type)) throw bad('the type of elements', `one of ${ELEMENT_TYPES}`, type);
    return { type, elements: elementsOf(type, bytes('the elements', values)) };
  },
});

function initialOf(type: ElementType, length: Value, initial: Value): Elements {
  if (initial === undefined && length === undefined)
    throw new Refusal(
      'bad-argument',
      'a typed array is made with a length or with its elements: typedArray(key, { type, length }), or { type, initial }',
    );
  const asked = optional('length', length, count);
  const given = optional('initial', initial, bytes);
  const each = bytesEach(type);
  if (given === undefined) return zeros(type, asked!);
  if (given.length % each !== 0) throw bad('initial', `elements of ${each} bytes each`, initial);
  if (asked !== undefined && asked * each !== given.length)
    throw bad('length', `that of initial, which has ${given.length / each} elements`, length);
  return elementsOf(type, given);
}

function placeOf({ length }: Elements, i: Value): number {
  const place = count('the index', i);
  if (place < length) return place;
  throw new Refusal(
    'bad-argument',
    length === 0
      ? `there is no element ${place}: the typed array is empty`
      : `the index must be a whole number from 0 to ${length - 1}, not ${place}`,
  );
}

function elementOf(type: ElementType, what: string, value: Value): number | bigint {
  if (isElement(type, value)) return value;
  throw bad(what, wantedElement(type), value);
}

function sum(a: number | bigint, b: number | bigint): number | bigint {
  return typeof a === 'bigint' ? a + (b as bigint) : a + (b as number);
}
