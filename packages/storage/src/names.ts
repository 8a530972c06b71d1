import { badArgument } from './errors.ts';

/** Bytes of UTF-8 that a key may have: what S3, GCS and Azure all take. */
export const MAX_KEY_BYTES = 1024;

const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const LONE_SURROGATE = /\p{Surrogate}/u;
const METADATA_NAME = /^[a-z0-9][a-z0-9._-]*$/;

/** Names that mean the same in every store. */
export function checkBucket(bucket: unknown): string {
  if (typeof bucket === 'string' && BUCKET.test(bucket)) return bucket;
  throw badArgument(
    'a bucket',
    '1 to 63 letters, digits, dots, hyphens or underscores, the first a letter or digit',
    bucket,
  );
}

/** Any well-formed text of 1 to 1,024 bytes is a key: '..', '/', NUL and the like are characters without a meaning. */
export function checkKey(key: unknown): string {
  if (typeof key !== 'string' || key === '') throw badArgument('a key', 'a string that is not empty', key);
  // A code unit takes at most three bytes, so that short keys need no count.
  if (key.length * 3 > MAX_KEY_BYTES) {
    const bytes = Buffer.byteLength(key);
    if (bytes > MAX_KEY_BYTES)
      throw badArgument(
        'a key',
        `at most ${MAX_KEY_BYTES} bytes of UTF-8`,
        `${key.slice(0, 64)}… of ${bytes} bytes`,
      );
  }
  if (LONE_SURROGATE.test(key))
    throw badArgument('a key', 'well-formed Unicode, without lone surrogates', key);
  return key;
}

/** Metadata that survives a journey through HTTP headers. */
export function checkMetadata(metadata: unknown): Readonly<Record<string, string>> {
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) {
    throw badArgument('metadata', 'an object of strings', metadata);
  }
  for (const [name, value] of Object.entries(metadata)) {
    if (!METADATA_NAME.test(name)) {
      throw badArgument(
        'a name in metadata',
        'lower-case letters, digits, dots, hyphens and underscores',
        name,
      );
    }
    if (typeof value !== 'string') throw badArgument(`metadata.${name}`, 'a string', value);
  }
  return metadata as Readonly<Record<string, string>>;
}

/**
 * The order of keys in listings: that of their UTF-8 bytes. UTF-16 code units sort alike, but for surrogates, which
 * stand for code points above all others and have units below U+E000.
 */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    let x = a.charCodeAt(i);
    let y = b.charCodeAt(i);
    if (x === y) continue;
    if (x >= 0xd800 && y >= 0xd800) {
      x = x >= 0xe000 ? x - 0x800 : x + 0x2000;
      y = y >= 0xe000 ? y - 0x800 : y + 0x2000;
    }
    return x - y;
  }
  return a.length - b.length;
}
