/**
 * Keys to file names. Every key has one path, every path that this file makes has one key, and no path leaves its bucket:
 *
 * - K1 '/' separates directories; the last segment is a file. `data/2024/trips.csv` is just that on the disk.
 * - K2 A directory never has the name of a file, so that 'a' and 'a/b' can both exist: a file's name holds a dot, a
 *   directory's holds none; a name that would break this rule gets a '%' at its end (`status%`, `v1.2%/notes.txt`).
 * - K3 '%' and control characters are written as the %XX of their bytes, and so are '.' and '..' and the dot of what would
 *   collide with the driver's own directory. A segment without a character is '%'.
 * - K4 A segment too long for a file name is cut: its beginnings are directories whose names end in '%-'.
 */

/** The driver's own directory within a bucket. */
export const SYSTEM = '.skein';

/** Bytes that a file name may have on every file system of note. */
const MAX_NAME = 255;
/** Bytes of a piece of a long segment; leaves room for the mark. */
const MAX_PIECE = 200;

const UNSAFE = /[\p{Cc}%]/gu;
const CONTINUED = '%-';

type Kind = 'file' | 'directory';

/** The path of a key below its bucket's directory. */
export function keyPath(key: string): string {
  const segments = key.split('/');
  let path = '';
  for (let i = 0; i < segments.length - 1; i++) path += `${segmentName(segments[i]!, 'directory')}/`;
  return path + segmentName(segments.at(-1)!, 'file');
}

/** The path of the directory that holds what is below `prefix`, which is empty or ends in '/'. */
export function prefixPath(prefix: string): string {
  let path = '';
  for (const segment of prefix.split('/').slice(0, -1)) path += `${segmentName(segment, 'directory')}/`;
  return path;
}

/** What a directory entry stands for, leniently: `keyPath` of the key that comes out says whether it is one of ours. */
export function parseName(
  name: string,
  kind: Kind,
): { readonly text: string; readonly continued: boolean } | undefined {
  const continued = kind === 'directory' && name.endsWith(CONTINUED);
  let base = name;
  if (continued) base = name.slice(0, -CONTINUED.length);
  else if (name.endsWith('%') && name.includes('.') === (kind === 'directory')) base = name.slice(0, -1);
  if (base === '%') return { text: '', continued };
  if (!base.includes('%')) return { text: base, continued };
  try {
    return { text: decodeURIComponent(base), continued };
  } catch {
    return undefined;
  }
}

function segmentName(segment: string, kind: Kind): string {
  const base = escapeSegment(segment);
  // A code unit takes at most three bytes, so that short names need no count.
  if (base.length * 3 < MAX_NAME || Buffer.byteLength(base) < MAX_NAME) return mark(base, kind);
  const pieces = cut(segment);
  const last = pieces.pop()!;
  return (
    pieces.map((piece) => `${escapeSegment(piece)}${CONTINUED}/`).join('') + mark(escapeSegment(last), kind)
  );
}

function mark(base: string, kind: Kind): string {
  return base.includes('.') === (kind === 'directory') ? `${base}%` : base;
}

function escapeSegment(segment: string): string {
  if (segment === '') return '%';
  if (segment === '.' || segment === '..') return segment.replaceAll('.', '%2E');
  const base = segment.replace(UNSAFE, percent);
  return base.startsWith(SYSTEM) ? `%2E${base.slice(1)}` : base;
}

function percent(character: string): string {
  let text = '';
  for (const byte of Buffer.from(character)) text += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  return text;
}

/** Pieces of a long segment, none of which ends within a character. */
function cut(segment: string): string[] {
  const pieces: string[] = [];
  let piece = '';
  let bytes = 0;
  for (const character of segment) {
    const size = Buffer.byteLength(character.replace(UNSAFE, percent));
    if (bytes + size > MAX_PIECE) {
      pieces.push(piece);
      piece = '';
      bytes = 0;
    }
    piece += character;
    bytes += size;
  }
  pieces.push(piece);
  return pieces;
}
