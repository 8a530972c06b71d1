/**
 * Keys as strings of bytes that sort as the keys do, after the tuple layer of FoundationDB
 * (https://github.com/apple/foundationdb/blob/main/design/tuple.md). Whatever sorts, merges or compares keys sees only
 * these: one comparison of strings, whose characters are bytes and which V8 compares as memory.
 *
 * A key is a tag and its body. Tags, and so types, are in the order of {@link TAG}; what is in a list ends with a zero,
 * which no tag is, so that a list comes before those that it begins.
 */
import type { GroupKey } from '../types.ts';

/** A key in that form; made by {@link sortableKey}. */
export type SortableKey = string;

const TAG = {
  undefined: '\x01',
  null: '\x02',
  false: '\x03',
  true: '\x04',
  /** IEEE 754, big-endian, with the bits flipped that make bytes sort as numbers; NaN comes last. */
  number: '\x05',
  /** The number of bytes and the bytes, those of a negative one inverted. */
  negative: '\x06',
  bigint: '\x07',
  /** UTF-8, where zeros are followed by 0xFF; ends with a zero. So texts are in the order of their code points. */
  text: '\x08',
  /** The same with UTF-16, big-endian, of what UTF-8 cannot say: lone surrogates. */
  units: '\x09',
  list: '\x0a',
} as const;

const END = '\0';
const SIGN = 0x8000_0000;
const scratch = Buffer.alloc(8);

/**
 * The form of a key.
 *
 * @throws {TypeError} for what is no key, with the way to it
 */
export function sortableKey(key: unknown): SortableKey {
  // A string of its own: what it was put together from may be slices of a text that is not to be kept for them.
  return Buffer.from(pack(key, 'key'), 'latin1').toString('latin1');
}

function pack(key: unknown, path: string): string {
  switch (typeof key) {
    case 'string':
      return packText(key);
    case 'number':
      return TAG.number + packNumber(key);
    case 'bigint':
      return packBigint(key);
    case 'boolean':
      return key ? TAG.true : TAG.false;
    case 'undefined':
      return TAG.undefined;
    case 'object':
      if (key === null) return TAG.null;
      if (Array.isArray(key))
        return TAG.list + Array.from(key, (part, i) => pack(part, `${path}[${i}]`)).join('') + END;
      break;
    default:
  }
  throw new TypeError(
    `the ${path} of a group is text, a number, a bigint, a boolean, null, undefined or an array of such; got ${describe(key)}`,
  );
}

function describe(key: unknown): string {
  if (key instanceof Date) return 'a Date: give date.getTime() or date.toISOString()';
  if (typeof key !== 'object') return `a ${typeof key}`;
  return `an object of ${key?.constructor?.name ?? 'no class'}: give an array of what it is told by, such as [city, year]`;
}

function packText(text: string): string {
  // Lone surrogates; `isWellFormed` of Node 20 is not in the library of TypeScript yet.
  if (/\p{Surrogate}/u.test(text))
    return TAG.units + escaped(Buffer.from(text, 'utf16le').swap16().toString('latin1'));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are part of ASCII
  const bytes = /^[\x01-\x7f]*$/.test(text) ? text : Buffer.from(text).toString('latin1');
  return TAG.text + escaped(bytes);
}

const escaped = (bytes: string): string => bytes.replaceAll('\0', '\0\xff') + END;

function packNumber(value: number): string {
  scratch.writeDoubleBE(value + 0); // no negative zero, which equals zero
  let high = scratch.readUInt32BE(0);
  let low = scratch.readUInt32BE(4);
  if (Number.isNaN(value)) high = 0xfff8_0000;
  else if (high >= SIGN) [high, low] = [~high >>> 0, ~low >>> 0];
  else high += SIGN;
  scratch.writeUInt32BE(high, 0);
  scratch.writeUInt32BE(low, 4);
  return scratch.toString('latin1');
}

function packBigint(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString(16);
  const magnitude = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(magnitude.length);
  const body = Buffer.concat([length, magnitude]);
  return value < 0n ? TAG.negative + inverted(body).toString('latin1') : TAG.bigint + body.toString('latin1');
}

const inverted = (bytes: Buffer): Buffer => Buffer.from(bytes.map((byte) => ~byte));

/** The key of a form. */
export function keyOf(form: SortableKey): GroupKey {
  let at = 0;
  const take = (length: number): Buffer => {
    at += length;
    return Buffer.from(form.slice(at - length, at), 'latin1');
  };
  const text = (): Buffer => {
    const from = at;
    do at = form.indexOf(END, at) + 1;
    while (form[at] === '\xff');
    return Buffer.from(form.slice(from, at - 1).replaceAll('\0\xff', '\0'), 'latin1');
  };
  const unpack = (): GroupKey => {
    const tag = form[at++];
    switch (tag) {
      case TAG.undefined:
        return undefined;
      case TAG.null:
        return null;
      case TAG.false:
        return false;
      case TAG.true:
        return true;
      case TAG.number:
        return unpackNumber(take(8));
      case TAG.negative:
        return -unpackMagnitude(inverted(take(inverted(take(4)).readUInt32BE())));
      case TAG.bigint:
        return unpackMagnitude(take(take(4).readUInt32BE()));
      case TAG.text:
        return text().toString();
      case TAG.units:
        return text().swap16().toString('utf16le');
      case TAG.list: {
        const list: GroupKey[] = [];
        while (form[at] !== END) list.push(unpack());
        at++;
        return list;
      }
      default:
        throw new Error(`a key begins with the byte ${tag?.charCodeAt(0)}: the run is damaged`);
    }
  };
  return unpack();
}

function unpackNumber(bytes: Buffer): number {
  const high = bytes.readUInt32BE();
  if (high >= SIGN) bytes.writeUInt32BE(high - SIGN);
  else for (let i = 0; i < 8; i++) bytes[i] = ~bytes[i]!;
  return bytes.readDoubleBE();
}

const unpackMagnitude = (bytes: Buffer): bigint => BigInt(`0x${bytes.toString('hex')}`);

/** Which of so many partitions a key belongs to: FNV-1a, its bits mixed as MurmurHash3 does in the end. */
export function partitionOf(key: SortableKey, partitions: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % partitions;
}
