/**
 * Keys as names of blobs. Azure takes a backslash for a slash, drops dots at the ends of what stands between slashes, and
 * refuses control characters and what is no character ("Naming and referencing containers, blobs, and metadata" of its
 * documentation). Each of these is written as another character that looks like it, one for one, as a name has as many
 * characters as a key; a key that holds one of those gets a mark before it. Every key has one name. Names that hold none
 * of them are those of their keys, so that blobs of others are found under the names they have.
 */

/** Before a character that stands for itself; also for what there is no look-alike of. */
const MARK = '\u2426'; // ␦

/** NUL to US are told by their control pictures, U+2400 to U+241F. */
const CONTROL_PICTURES = 0x2400;
/** U+0080 to U+009F are marked letters, à to ÿ with the signs among them. */
const C1_SHIFT = 0x60;

const LOOK_ALIKES: ReadonlyMap<string, string> = new Map([
  ['\\', '\uff3c'], // ＼
  ['.', '\u2024'], // ․, only where Azure would drop it
  ['\u007f', '\u2421'], // ␡
  ['\ufffe', '\u2422'],
  ['\uffff', '\u2423'],
]);
const MEANT: ReadonlyMap<string, string> = new Map([...LOOK_ALIKES].map(([meant, shown]) => [shown, meant]));

const UNTAKEN = String.raw`[\0-\x1f\x7f-\x9f\\\u2024\u2400-\u241f\u2421-\u2423\u2426\uff3c\ufffe\uffff]`;
/** Also dots before a slash or at the end. */
const IN_KEY = new RegExp(String.raw`${UNTAKEN}|\.(?=\.*(?:\/|$))`, 'g');
const IN_PREFIX = new RegExp(String.raw`${UNTAKEN}|\.(?=\.*\/)`, 'g');
const WRITTEN = /\u2426([\s\S])|[\u2024\u2400-\u241f\u2421-\u2423\uff3c]/g;

export function nameOfKey(key: string): string {
  return key.replace(IN_KEY, written);
}

/**
 * How the names of all keys begin that begin with `prefix`, though others may as well: where dots at its end are not yet at
 * the end of something, it is shorter.
 */
export function nameOfPrefix(prefix: string): string {
  return prefix.replace(/\.+$/, '').replace(IN_PREFIX, written);
}

export function keyOfName(name: string): string {
  return name.replace(WRITTEN, (shown, marked?: string) => {
    if (marked === undefined)
      return MEANT.get(shown) ?? String.fromCharCode(shown.charCodeAt(0) - CONTROL_PICTURES);
    return /[à-ÿ]/.test(marked) ? String.fromCharCode(marked.charCodeAt(0) - C1_SHIFT) : marked;
  });
}

function written(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(code + CONTROL_PICTURES);
  if (code >= 0x80 && code < 0xa0) return MARK + String.fromCharCode(code + C1_SHIFT);
  return LOOK_ALIKES.get(character) ?? MARK + character;
}
