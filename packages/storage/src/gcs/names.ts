/**
 * Keys as names of objects. Cloud Storage takes any text but line breaks (CR and LF) and the two names '.' and '..'. These
 * are written another way, such that every key has one name, and that names sort as their keys do:
 *
 * - LF is told as HT and 2, where a plain HT is HT and 1; CR likewise with FF, the control characters next below them
 *   that are allowed (1 and 2 being U+0001 and U+0002).
 * - '.' and '..' get a NUL, and so do keys that are one of these and NULs.
 *
 * Names that hold no HT or FF are those of their keys, so that objects of others are found under the names they have.
 */

const DOTS = /^\.\.?\0*$/;
const ESCAPED_DOTS = /^\.\.?\0+$/;
const PLAIN = /^[^\t\n\f\r]*$/;
const FORWARD: Readonly<Record<string, string>> = {
  '\t': '\t\u0001',
  '\n': '\t\u0002',
  '\f': '\f\u0001',
  '\r': '\f\u0002',
};
const BACK: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(FORWARD).map(([character, escaped]) => [escaped, character]),
);

export function nameOfKey(key: string): string {
  return DOTS.test(key) ? `${key}\0` : nameOfPrefix(key);
}

/** How the names of all keys begin that begin with `prefix`; others may begin like this too. */
export function nameOfPrefix(prefix: string): string {
  return PLAIN.test(prefix) ? prefix : prefix.replace(/[\t\n\f\r]/g, (character) => FORWARD[character]!);
}

/** A name that no key has, of an object that was written by others, stays as it is. */
export function keyOfName(name: string): string {
  if (ESCAPED_DOTS.test(name)) return name.slice(0, -1);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
  return PLAIN.test(name) ? name : name.replace(/[\t\f][\u0001\u0002]/g, (escaped) => BACK[escaped]!);
}
