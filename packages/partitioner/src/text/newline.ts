/** What ends a line, and what that means for cutting: whether a position begins a line must be seen from the bytes around it. */
import { badArgument } from '../errors.ts';
import { asBuffer, decode } from './decode.ts';

/** What ends a line, as it travels: 'any', or the bytes. */
export type NewlineOption = 'any' | readonly number[];

export interface Newline {
  /** Bytes of the longest one. */
  readonly length: number;
  /** Whether a newline ends at a position, or later, is seen from so many bytes before it. */
  readonly behind: number;
  /** The byte that it is, if it is one byte. */
  readonly byte: number | undefined;
  /**
   * False of what overlaps itself, as 'aa' does: which bytes of 'aaa' end the line depends on all that comes before, so that
   * no position can be judged alone.
   */
  readonly local: boolean;
  /**
   * Where the first newline ends that begins at `from` or later; -1 when there is none, and when the next byte decides:
   * a '\r' may be half of one.
   */
  endAfter(bytes: Uint8Array, from: number): number;
  /** Where the last newline ends that is certain, in bytes that begin with a line unless `local`; -1 when there is none. */
  lastEnd(bytes: Uint8Array): number;
  /** The lines of bytes that begin with one and end with a newline, or with the data. See {@link decode} for `atStart`. */
  split(bytes: Uint8Array, atStart?: boolean): string[];
}

const LF = 0x0a;
const CR = 0x0d;

/** @throws {PartitionError} `bad-argument` */
export function checkNewline(given: unknown): NewlineOption {
  if (given === 'any') return 'any';
  const bytes = typeof given === 'string' ? Buffer.from(given) : given;
  if (!(bytes instanceof Uint8Array) || bytes.length === 0)
    throw badArgument('newline', "text or bytes that end a line, or 'any'", given);
  return [...bytes];
}

/** @param option undefined for '\n', before which a '\r' belongs to the newline where lines are made, but not where is cut */
export function newlineOf(option: NewlineOption | undefined): Newline {
  if (option === undefined) return { ...fixed(Buffer.of(LF)), split: splitAtLf };
  return option === 'any' ? ANY : fixed(Buffer.from(option));
}

function fixed(mark: Buffer): Newline {
  const { length } = mark;
  const byte = length === 1 ? mark[0] : undefined;
  const text = mark.toString();
  // Where text has the mark, its bytes had it: U+FFFD would also be what decoding makes of broken bytes.
  const isText = !text.includes('\ufffd') && Buffer.from(text).equals(mark);
  const local = !overlapsItself(mark);
  return {
    length,
    behind: length,
    byte,
    local,
    endAfter(bytes, from) {
      const at = byte === undefined ? asBuffer(bytes).indexOf(mark, from) : bytes.indexOf(byte, from);
      return at < 0 ? -1 : at + length;
    },
    lastEnd(bytes) {
      if (!local) return lastOf(asBuffer(bytes), mark);
      const at = byte === undefined ? asBuffer(bytes).lastIndexOf(mark) : bytes.lastIndexOf(byte);
      return at < 0 ? -1 : at + length;
    },
    split(bytes, atStart) {
      return isText ? pieces(decode(bytes, atStart), text) : splitBytes(asBuffer(bytes), mark, atStart);
    },
  };
}

/** '\n', '\r\n' and '\r', as they come. */
const ANY: Newline = {
  length: 2,
  behind: 1,
  byte: undefined,
  local: true,
  endAfter(bytes, from) {
    for (let i = from; i < bytes.length; i++) {
      const byte = bytes[i];
      if (byte === LF) return i + 1;
      if (byte !== CR) continue;
      if (i + 1 === bytes.length) return -1;
      return bytes[i + 1] === LF ? i + 2 : i + 1;
    }
    return -1;
  },
  lastEnd(bytes) {
    // A '\r' at the very end may be half of a newline.
    for (let i = bytes.length - 1; i >= 0; i--) {
      if (bytes[i] === LF || (bytes[i] === CR && i + 1 < bytes.length)) return i + 1;
    }
    return -1;
  },
  split: (bytes, atStart) => pieces(decode(bytes, atStart), /\r\n|\n|\r/),
};

function splitAtLf(bytes: Uint8Array, atStart?: boolean): string[] {
  const text = decode(bytes, atStart);
  const lines = text.split('\n');
  const last = lines.pop()!;
  if (text.includes('\r')) {
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i]!;
      if (line.charCodeAt(line.length - 1) === CR) lines[i] = line.slice(0, -1);
    }
  }
  if (last !== '' || lines.length === 0) lines.push(last);
  return lines;
}

/** What comes after the last newline is a line only if it is something; a byte order mark alone is a line without text. */
function pieces(text: string, mark: string | RegExp): string[] {
  const lines = text.split(mark);
  if (lines.length > 1 && lines.at(-1) === '') lines.pop();
  return lines;
}

/** A mark that is no text of its own may be part of a character's bytes: lines are cut before they are decoded. */
function splitBytes(bytes: Buffer, mark: Buffer, atStart = false): string[] {
  const lines: string[] = [];
  for (let from = 0; from < bytes.length; ) {
    const at = bytes.indexOf(mark, from);
    lines.push(decode(bytes.subarray(from, at < 0 ? bytes.length : at), atStart && from === 0));
    from = at < 0 ? bytes.length : at + mark.length;
  }
  return lines;
}

/** Of marks that overlap themselves the last is found only from the first on. */
function lastOf(bytes: Buffer, mark: Buffer): number {
  let end = -1;
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, end)) end = at + mark.length;
  return end;
}

function overlapsItself(mark: Buffer): boolean {
  for (let shift = 1; shift < mark.length; shift++) {
    if (mark.subarray(shift).equals(mark.subarray(0, mark.length - shift))) return true;
  }
  return false;
}
