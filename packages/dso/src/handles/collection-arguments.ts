/** Arguments are checked before anything is sent, so that a mistake is reported at the line that makes it. */
import { DsoError } from '../errors.ts';
import { Packed, type Value } from '../value/value.ts';
import type { CallOptions } from './shared-object.ts';
import { fromValueLoading, toValue } from './values.ts';

/** Options of iterations, which ask the server for one page after another. */
export interface PageOptions extends CallOptions {
  /**
   * Items asked for at a time, 1 to 10,000. A page of large items has fewer: about 1 MiB.
   * @default 1000
   */
  readonly pageSize?: number | undefined;
}

export function pageSizeOf(options: PageOptions | undefined): number {
  const size = options?.pageSize ?? 1000;
  if (Number.isInteger(size) && size >= 1 && size <= 10_000) return size;
  throw expected('pageSize', 'a whole number from 1 to 10,000', size);
}

/** A place, from the end if negative. */
export function index(what: string, value: number): number {
  if (Number.isSafeInteger(value)) return value;
  throw expected(what, 'a whole number', value);
}

/** A whole number, 0 or more. */
export function count(what: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw expected(what, 'a whole number, 0 or more', value);
}

/** A whole number, 1 or more. */
export function positive(what: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw expected(what, 'a whole number, 1 or more', value);
}

export function number(what: string, value: number): number {
  if (typeof value === 'number') return value;
  throw expected(what, 'a number', value);
}

export function numbers(what: string, values: ArrayLike<number>): Float64Array {
  // As they are now, whatever becomes of the array.
  if (values instanceof Float64Array) return values.slice();
  if (typeof values !== 'object' || values === null || !Number.isSafeInteger(values.length))
    throw expected(what, 'numbers in an array', values);
  return Float64Array.from(values, (value, i) => number(`${what}[${i}]`, value));
}

export function checkFunction(what: string, value: unknown): void {
  if (typeof value !== 'function') throw expected(what, 'a function', value);
}

/** A value that a map can hold: it says `undefined` where it has none. */
export function held(what: string, value: unknown): Value {
  if (value === undefined)
    throw expected(what, 'something that is there: delete the key, or hold null', value);
  return toValue(value, what);
}

export function valuesOf(what: string, values: Iterable<unknown>): Value[] {
  return Array.from(iterable(what, values), (value, i) => toValue(value, `${what}[${i}]`));
}

export function iterable<T>(what: string, values: Iterable<T>): Iterable<T> {
  // A string would be taken for its characters, which is hardly ever meant.
  const given: unknown = values;
  if (typeof given === 'object' && given !== null && Symbol.iterator in given) return values;
  throw expected(what, 'an array or another iterable', values);
}

/** Values of a reply, as they were given. */
export async function received<T>(values: readonly Value[]): Promise<T[]> {
  const items: T[] = [];
  // One after another: what has to be imported for one is there for the next.
  for (const value of values)
    items.push(value instanceof Packed ? await fromValueLoading<T>(value) : (value as T));
  return items;
}

/** An error that says what was expected and what came. */
export function expected(what: string, wanted: string, came: unknown): DsoError {
  return new DsoError('bad-argument', `${what} must be ${wanted}, not ${shown(came)}`);
}

function shown(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > 60 ? `${value.slice(0, 50)}…` : value);
    case 'bigint':
      return `${value}n`;
    case 'function':
      return `a function${value.name === '' ? '' : ` '${value.name}'`}`;
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? `an array of ${value.length}` : 'an object';
    default:
      return String(value);
  }
}
