/** Takes the numbers out of a value, so that they can be combined without knowing it, and puts them back. */
import { DsoError } from '../errors.ts';
import { expected } from './collection-arguments.ts';

/** A value taken apart. */
export interface Flat<T> {
  /** How it is built, as text: `{loss: number, weights: Float32Array(100)}`. Values built alike have the same. */
  readonly shape: string;
  readonly numbers: Float64Array;
  /** A value built alike, with these numbers. @throws {DsoError} `bad-argument`: integers that do not fit */
  rebuild(numbers: Float64Array): T;
}

type Part =
  | { readonly kind: 'number' }
  | { readonly kind: 'numbers'; readonly length: number }
  | { readonly kind: 'typed'; readonly name: TypedName; readonly length: number }
  | { readonly kind: 'array'; readonly items: readonly Part[] }
  /** `names` in the order of the alphabet, which is that of the numbers; `own` in that of the value. */
  | {
      readonly kind: 'record';
      readonly names: readonly string[];
      readonly items: readonly Part[];
      readonly own: readonly string[];
    };

const TYPED = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
} as const;
type TypedName = keyof typeof TYPED;
type Typed = InstanceType<(typeof TYPED)[TypedName]>;

/** Numbers as they lie in the value: copied once, at the end. */
type Chunk = number | readonly number[] | Typed;

const MAX_DEPTH = 64;

/**
 * Takes a value apart: a number, a typed array, or arrays and plain records of such.
 * @throws {DsoError} `bad-argument`, with the path to what is none of these
 */
export function flatten<T>(value: T, what = 'value'): Flat<T> {
  const chunks: Chunk[] = [];
  const part = take(value, what, chunks, 0);
  return {
    shape: describe(part),
    numbers: join(chunks),
    rebuild: (combined) => rebuilt<T>(part, combined, what),
  };
}

function take(value: unknown, path: string, chunks: Chunk[], depth: number): Part {
  if (typeof value === 'number') {
    chunks.push(value);
    return { kind: 'number' };
  }
  if (typeof value !== 'object' || value === null) throw noNumber(path, value);
  if (depth > MAX_DEPTH)
    throw new DsoError(
      'bad-argument',
      `${path} lies more than ${MAX_DEPTH} deep: does the value contain itself?`,
    );
  if (ArrayBuffer.isView(value)) return takeTyped(value, path, chunks);
  if (Array.isArray(value)) return takeArray(value, path, chunks, depth);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    throw new DsoError('bad-argument', `${path} is a ${nameOf(value)}: ${ALLOWED}`);
  const record = value as Readonly<Record<string, unknown>>;
  const own = Object.keys(record);
  // Parties may have written their records in another order.
  const names = own.toSorted();
  const items = names.map((name) => take(record[name], `${path}.${name}`, chunks, depth + 1));
  return { kind: 'record', names, items, own };
}

function takeTyped(value: ArrayBufferView, path: string, chunks: Chunk[]): Part {
  // Of a subclass such as Buffer this is the name of the array that it is.
  const name = (value as { readonly [Symbol.toStringTag]?: string })[Symbol.toStringTag] ?? '';
  if (!Object.hasOwn(TYPED, name)) throw noNumber(path, name.startsWith('Big') ? 0n : value);
  const array = value as Typed;
  chunks.push(array);
  return { kind: 'typed', name: name as TypedName, length: array.length };
}

function takeArray(value: readonly unknown[], path: string, chunks: Chunk[], depth: number): Part {
  // Not by `every`, which passes over holes.
  let isNumbers = true;
  for (let i = 0; i < value.length && isNumbers; i++) isNumbers = typeof value[i] === 'number';
  if (isNumbers) {
    chunks.push(value as readonly number[]);
    return { kind: 'numbers', length: value.length };
  }
  return {
    kind: 'array',
    items: Array.from(value, (item, i) => take(item, `${path}[${i}]`, chunks, depth + 1)),
  };
}

function join(chunks: readonly Chunk[]): Float64Array {
  let length = 0;
  for (const chunk of chunks) length += typeof chunk === 'number' ? 1 : chunk.length;
  const numbers = new Float64Array(length);
  let at = 0;
  for (const chunk of chunks) {
    if (typeof chunk === 'number') numbers[at++] = chunk;
    else {
      numbers.set(chunk, at);
      at += chunk.length;
    }
  }
  return numbers;
}

function rebuilt<T>(part: Part, numbers: Float64Array, what: string): T {
  let at = 0;
  const next = (one: Part, path: string): unknown => {
    switch (one.kind) {
      case 'number':
        return numbers[at++];
      case 'numbers':
        at += one.length;
        return Array.from(numbers.subarray(at - one.length, at));
      case 'typed':
        at += one.length;
        return typed(one.name, numbers.subarray(at - one.length, at), path);
      case 'array':
        return one.items.map((item, i) => next(item, `${path}[${i}]`));
      case 'record': {
        const values = new Map(one.names.map((name, i) => [name, next(one.items[i]!, `${path}.${name}`)]));
        return Object.fromEntries(one.own.map((name) => [name, values.get(name)]));
      }
    }
  };
  return next(part, what) as T;
}

/** A copy: what was combined belongs to all parties. */
function typed(name: TypedName, numbers: Float64Array, path: string): Typed {
  const array = new TYPED[name](numbers);
  if (name === 'Float32Array' || name === 'Float64Array') return array;
  // Integers would wrap around, or be cut off.
  const wrong = array.findIndex((element, i) => element !== numbers[i]);
  if (wrong >= 0)
    throw new DsoError(
      'bad-argument',
      `${path}[${wrong}] came to ${numbers[wrong]}, which an element of ${name} cannot be: give a Float64Array`,
    );
  return array;
}

const ALLOWED =
  'numbers, typed arrays, and arrays and plain records of them can be combined; for others give a function as op';

function noNumber(path: string, value: unknown): DsoError {
  if (typeof value === 'bigint')
    return new DsoError(
      'bad-argument',
      `${path} is a bigint, which cannot be combined with numbers: give a number, or a function as op`,
    );
  return expected(path, `a number (${ALLOWED})`, value);
}

function nameOf(value: object): string {
  const made = value as { readonly constructor?: { readonly name?: string } };
  return made.constructor?.name || 'object of a class';
}

function describe(part: Part): string {
  switch (part.kind) {
    case 'number':
      return 'number';
    case 'numbers':
      return `number[${part.length}]`;
    case 'typed':
      return `${part.name}(${part.length})`;
    case 'array':
      return `[${repeated(part.items.map(describe))}]`;
    case 'record':
      return `{${part.names.map((name, i) => `${shownName(name)}: ${describe(part.items[i]!)}`).join(', ')}}`;
  }
}

/** `a, a, a, b` as `3 × a, b`: a matrix has many rows. */
function repeated(texts: readonly string[]): string {
  const parts: string[] = [];
  for (let i = 0, run = 1; i < texts.length; i += run) {
    run = 1;
    while (texts[i + run] === texts[i]) run++;
    parts.push(run === 1 ? texts[i]! : `${run} × ${texts[i]!}`);
  }
  return parts.join(', ');
}

function shownName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}
