/** What the processes of a machine tell each other, a line each, in ASCII alone: a checksum, who says it, and JSON. */
import { crc32 } from 'node:zlib';

export type LogRecord =
  /** The key's entry, or the entries with the tag, are invalid. */
  | readonly ['key' | 'tag', name: string]
  /** All entries are; at a position of an earlier log, where one is given. */
  | readonly ['all', position?: number]
  /** So many bytes are about to be written. */
  | readonly ['reserve', bytes: number]
  /** So many bytes were there when so many had been reserved in this log. */
  | readonly ['usage', bytes: number, reserved: number]
  /** The next log is about to be there. */
  | readonly ['seal']
  /** At the start of a log: up to which byte of the one before it holds what that says. */
  | readonly ['begin', folded: number]
  /** The same of an earlier log, where it stood at that position. */
  | readonly ['kept', of: 'key' | 'tag', name: string, position: number]
  /** What invalidations of keys, or of tags, up to that position are not known any more. */
  | readonly ['floor', of: 'key' | 'tag', position: number];

const SUM_DIGITS = 8;

/** Who said it, in letters and digits, and what. */
export interface LogLine {
  readonly by: string;
  readonly record: LogRecord;
}

export function lineOf({ by, record }: LogLine): string {
  const text = `${by} ${JSON.stringify(record).replaceAll(/[^ -~]/g, escaped)}`;
  return `${sumOf(text)} ${text}\n`;
}

/** What a line without its end says; undefined when the line is damaged. */
export function readLine(line: string): LogLine | undefined {
  const text = line.slice(SUM_DIGITS + 1);
  if (line.slice(0, SUM_DIGITS + 1) !== `${sumOf(text)} `) return undefined;
  const space = text.indexOf(' ');
  try {
    return { by: text.slice(0, space), record: JSON.parse(text.slice(space + 1)) as LogRecord };
  } catch {
    return undefined;
  }
}

/** Of one UTF-16 unit, so that a character of the file is a byte of it. */
function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function sumOf(text: string): string {
  return crc32(text).toString(16).padStart(SUM_DIGITS, '0');
}
