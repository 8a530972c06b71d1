/**
 * Which slot an object lives in: a pure function of its type and key, the same on every node and client, in any language.
 *
 * MurmurHash3_x86_32 by Austin Appleby (public domain; github.com/aappleby/smhasher, src/MurmurHash3.cpp) over UTF-8, because
 * every language has it. It is not cryptographic: whoever chooses keys can crowd them into one slot.
 */

/** How many slots there are, in every ring, for ever: where an object lives is kept by slot, so another number moves them all. */
export const SLOTS = 4096;

const encoder = new TextEncoder();

/**
 * MurmurHash3_x86_32 of a string's UTF-8 bytes.
 *
 * @param text - hashed as TextEncoder encodes it: a lone surrogate counts as U+FFFD
 * @param seed - 32 bits; other seeds give independent hashes
 * @returns an integer from 0 to 2^32 - 1
 */
export function hash32(text: string, seed = 0): number {
  const length = text.length;
  const whole = length & ~3;
  let hash = seed | 0;
  // Nearly every key is ASCII, where code units are the bytes: no allocation. The first that is not starts anew with an encoder.
  let units = 0;
  for (let at = 0; at < whole; at += 4) {
    const a = text.charCodeAt(at);
    const b = text.charCodeAt(at + 1);
    const c = text.charCodeAt(at + 2);
    const d = text.charCodeAt(at + 3);
    units |= a | b | c | d;
    hash = body(hash, a | (b << 8) | (c << 16) | (d << 24));
  }
  if (whole < length) {
    let rest = 0;
    for (let at = length - 1; at >= whole; at--) {
      const unit = text.charCodeAt(at);
      units |= unit;
      rest = (rest << 8) | unit;
    }
    hash ^= scramble(rest);
  }
  return units < 0x80 ? mix32(hash ^ length) >>> 0 : hashBytes(encoder.encode(text), seed);
}

/**
 * The slot of an object. The type's hash is the seed of the key's, so that ('a', 'bc') and ('ab', 'c') are told apart whatever
 * characters they hold, and no text has to be joined:
 * `murmur3_x86_32(utf8(key), seed = murmur3_x86_32(utf8(type), seed = 0)) mod 4096`.
 */
export function slotOf(type: string, key: string): number {
  return hash32(key, hash32(type)) % SLOTS;
}

/** MurmurHash3's finalizer: a bijection of 32 bits, signed, in which every input bit flips each output bit half of the time. */
export function mix32(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function scramble(block: number): number {
  const k = Math.imul(block, 0xcc9e2d51);
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593);
}

function body(hash: number, block: number): number {
  const h = hash ^ scramble(block);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

function hashBytes(bytes: Uint8Array, seed: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length & ~3;
  let hash = seed | 0;
  for (let at = 0; at < whole; at += 4) hash = body(hash, view.getInt32(at, true));
  let rest = 0;
  for (let at = bytes.length - 1; at >= whole; at--) rest = (rest << 8) | view.getUint8(at);
  // Scrambling nothing gives zero, as the original's switch on an empty tail does.
  return mix32(hash ^ scramble(rest) ^ bytes.length) >>> 0;
}
