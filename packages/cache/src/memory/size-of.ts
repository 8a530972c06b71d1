/**
 * The bytes that a value holds in memory, as near as can be told without V8's help: exact for binary memory, near for strings,
 * an estimate for objects. What is shared within the value counts once.
 */
import { portable } from '@skein/codec';

/** Of V8 on 64-bit machines with full pointers, as Node is built: a header of three words, a word a slot. */
const WORD = 8;
const HEADER = 3 * WORD;
/** A view is an object of its own beside its buffer. */
const VIEW = 12 * WORD;
/** A hash table is kept at most half full. */
const TABLE_SLOT = 5 * WORD;
/** Functions and handles are not looked into: what they reach is not the value's. */
const OPAQUE = 8 * WORD;

export function sizeOf(value: unknown): number {
  const seen = new Set<object>();
  const waiting: unknown[] = [value];
  let bytes = 0;
  while (waiting.length > 0) {
    const one = waiting.pop();
    if (typeof one === 'object' && one !== null) {
      if (seen.has(one)) continue;
      seen.add(one);
      bytes += ofObject(one, waiting);
    } else bytes += ofPrimitive(one);
  }
  return bytes;
}

function ofPrimitive(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return ofString(value);
    case 'bigint':
      return HEADER + Math.ceil(value.toString(16).length / 2);
    case 'function':
      return OPAQUE;
    default:
      return WORD;
  }
}

/** One byte a character as long as all are ASCII, which is found out faster than whether they are Latin-1. */
function ofString(text: string): number {
  const { length } = text;
  return HEADER + (Buffer.byteLength(text) === length ? length : 2 * length);
}

function ofObject(object: object, waiting: unknown[]): number {
  if (ArrayBuffer.isView(object)) return VIEW + ofView(object, waiting);
  if (object instanceof ArrayBuffer || object instanceof SharedArrayBuffer) return HEADER + object.byteLength;
  if (Array.isArray(object)) {
    // Not `push(...)`: a long array has more members than a call may have arguments.
    for (const member of object) if (typeof member !== 'number') waiting.push(member);
    return HEADER + WORD * object.length;
  }
  if (object instanceof Map) {
    for (const [key, member] of object) waiting.push(key, member);
    return HEADER + TABLE_SLOT * object.size;
  }
  if (object instanceof Set) {
    for (const member of object) waiting.push(member);
    return HEADER + TABLE_SLOT * object.size;
  }
  if (isHandle(object)) return OPAQUE;
  const members = membersOf(object);
  for (const member of members) waiting.push(member);
  // The message and stack of an error are not enumerable.
  const text = object instanceof Error ? ofString(object.message) + ofString(object.stack ?? '') : 0;
  return HEADER + WORD * members.length + text;
}

/** A view holds the whole of its buffer, except that of Node's pool, which is held anyway. */
function ofView(view: ArrayBufferView, waiting: unknown[]): number {
  if (Buffer.isBuffer(view) && view.buffer.byteLength === Buffer.poolSize) return view.byteLength;
  waiting.push(view.buffer);
  return 0;
}

function isHandle(object: object): boolean {
  const { constructor: Class } = object as { constructor?: unknown };
  return typeof Class === 'function' && Object.hasOwn(Class, portable);
}

function membersOf(object: object): readonly unknown[] {
  try {
    return Object.values(object);
  } catch {
    return []; // a getter of its own that throws
  }
}
