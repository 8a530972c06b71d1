/** Arguments of operations are checked where they are used: they come over the wire, from anybody. */
import { Refusal } from '../engine/refusal.ts';
import { Packed, type Value } from '../value/value.ts';

type Check<T> = (what: string, value: Value) => T;

export function integer(what: string, value: Value): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw bad(what, 'a whole number within ±(2^53 - 1)', value);
}

/** A whole number, 0 or more. */
export function count(what: string, value: Value): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw bad(what, 'a whole number, 0 or more', value);
}

/** A whole number, 1 or more. */
export function positive(what: string, value: Value): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value;
  throw bad(what, 'a whole number, 1 or more', value);
}

export function number(what: string, value: Value): number {
  if (typeof value === 'number') return value;
  throw bad(what, 'a number', value);
}

export function bigint(what: string, value: Value): bigint {
  if (typeof value === 'bigint') return value;
  throw bad(what, 'a bigint', value);
}

export function boolean(what: string, value: Value): boolean {
  if (typeof value === 'boolean') return value;
  throw bad(what, 'true or false', value);
}

export function text(what: string, value: Value): string {
  if (typeof value === 'string') return value;
  throw bad(what, 'a string', value);
}

export function bytes(what: string, value: Value): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw bad(what, 'bytes', value);
}

export function numbers(what: string, value: Value): Float64Array {
  if (value instanceof Float64Array) return value;
  throw bad(what, 'a Float64Array', value);
}

export function list(what: string, value: Value): readonly Value[] {
  if (Array.isArray(value)) return value as readonly Value[];
  throw bad(what, 'a list', value);
}

export function optional<T>(what: string, value: Value, check: Check<T>): T | undefined {
  return value === undefined ? undefined : check(what, value);
}

export function bad(what: string, expected: string, came: Value): Refusal {
  return new Refusal('bad-argument', `${what} must be ${expected}, not ${shown(came)}`);
}

/** What came, in a few words. */
export function shown(value: Value): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > 60 ? `${value.slice(0, 50)}…` : value);
    case 'bigint':
      return `${value}n`;
    case 'object':
      if (value === null) return 'null';
      if (value instanceof Packed) return 'an object';
      if (value instanceof Uint8Array) return `${value.length} bytes`;
      if (value instanceof Float64Array) return `${value.length} numbers`;
      return `a list of ${value.length}`;
    default:
      return String(value);
  }
}
