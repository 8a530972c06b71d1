/**
 * What each byte of CSV means, as a finite automaton: a table of transitions by state and byte. It accepts what fast-csv, which
 * parses the cells, accepts: RFC 4180, quotes as plain characters within cells that do not begin with one (`5" pipe`), and blanks
 * around quoted cells. All characters that mean something are ASCII, so that bytes of UTF-8 never look like one.
 */

/** At the beginning of a record, and between records. */
export const RECORD = 0;
/** At the beginning of a later cell, or after blanks with which any begins. */
export const FIELD = 1;
/** Within a cell that is not quoted. */
export const UNQUOTED = 2;
/** Within quotes. */
export const QUOTED = 3;
/** After a quote within quotes: the first of two, or the closing one. */
export const QUOTE = 4;
/** After blanks behind a closing quote. */
export const CLOSED = 5;
/** After the escape within quotes, where that is not the quote. */
export const ESCAPED = 6;
/** Within a line that is no record. */
export const COMMENT = 7;
/** The bytes are not of this dialect. There is no way back. */
export const BROKEN = 8;

export type State = number;

/** States as plans name them. */
export const STATE_NAMES = [
  'record',
  'field',
  'unquoted',
  'quoted',
  'quote',
  'closed',
  'escaped',
  'comment',
  'broken',
] as const;
const STATES = STATE_NAMES.length;

const LF = 0x0a;
const CR = 0x0d;
const NONE = -1;

export interface Automaton {
  /** The state after a byte: `next[(state << 8) | byte]`. */
  readonly next: Uint8Array;
  /** The byte between cells. */
  readonly delimiter: number;
  /** The byte that opens and closes cells; -1: none does. */
  readonly quote: number;
  readonly hasComments: boolean;
  /** Whether a newline may be within a record. */
  readonly multiline: boolean;
  /** Whether nothing but a quote means anything within quotes. */
  readonly onlyQuotes: boolean;
}

/** What an automaton is made of. */
export interface Characters {
  readonly delimiter: string;
  readonly quote: string | undefined;
  readonly escape: string | undefined;
  readonly comment: string | undefined;
  readonly multiline: boolean;
}

export function automatonOf(characters: Characters): Automaton {
  const { multiline } = characters;
  const [delimiter, quote, escaping, comment] = [
    byteOf(characters.delimiter),
    byteOf(characters.quote),
    byteOf(characters.escape),
    byteOf(characters.comment),
  ];
  const after = (state: State, byte: number): State => {
    const newline = byte === LF || byte === CR;
    switch (state) {
      case RECORD:
      case FIELD:
      case UNQUOTED:
        if (newline) return RECORD;
        if (byte === delimiter) return FIELD;
        if (state === RECORD && byte === comment) return COMMENT;
        if (state === UNQUOTED) return UNQUOTED;
        return byte === quote ? QUOTED : isBlank(byte) ? FIELD : UNQUOTED;
      case QUOTED:
        if (newline) return multiline ? QUOTED : BROKEN;
        if (byte === quote) return QUOTE;
        return byte === escaping ? ESCAPED : QUOTED;
      case ESCAPED:
        return newline && !multiline ? BROKEN : QUOTED;
      case QUOTE:
      case CLOSED:
        if (state === QUOTE && byte === quote && quote === escaping) return QUOTED;
        if (newline) return RECORD;
        return byte === delimiter ? FIELD : isBlank(byte) ? CLOSED : BROKEN;
      case COMMENT:
        return newline ? RECORD : COMMENT;
      default:
        return BROKEN;
    }
  };
  const next = new Uint8Array(STATES << 8);
  for (let state = 0; state < STATES; state++) {
    for (let byte = 0; byte < 256; byte++) next[(state << 8) | byte] = after(state, byte);
  }
  return {
    next,
    delimiter,
    quote,
    hasComments: comment !== NONE,
    multiline,
    onlyQuotes: multiline && quote === escaping,
  };
}

/** The state after bytes, taken one by one. */
export function run(
  { next }: Automaton,
  state: State,
  bytes: Uint8Array,
  from = 0,
  to: number = bytes.length,
): State {
  let current = state;
  for (let at = from; at < to; at++) current = next[(current << 8) | bytes[at]!]!;
  return current;
}

/** Whether data may not end here: a quote is open, or the bytes were not of this dialect. */
export function isUnfinished(state: State): boolean {
  return state === QUOTED || state === ESCAPED || state === BROKEN;
}

/** What fast-csv skips before a quote and after it: the ASCII characters of `\s` that end no line. */
function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0b || byte === 0x0c;
}

function byteOf(character: string | undefined): number {
  return character === undefined ? NONE : character.charCodeAt(0);
}
