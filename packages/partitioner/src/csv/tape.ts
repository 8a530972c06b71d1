/** Pieces of bytes that follow each other, read as on a tape: forward, with a look ahead. */
import { checkUtf8 } from '../text/utf8.ts';

const BOM = Buffer.from('\ufeff');
const LF = 0x0a;
const CR = 0x0d;

export class Tape {
  readonly #pieces: AsyncIterator<Uint8Array>;
  /** What has been read ahead. */
  #ahead: Uint8Array = new Uint8Array();
  #position: number;
  #ended = false;

  constructor(pieces: AsyncIterable<Uint8Array>, position: number) {
    this.#pieces = pieces[Symbol.asyncIterator]();
    this.#position = position;
  }

  /** Of the next byte. */
  get position(): number {
    return this.#position;
  }

  /** At least one byte and at most so many, as they come; undefined at the end, or when none is asked for. */
  async take(most: number): Promise<Uint8Array | undefined> {
    if (most <= 0 || !(await this.#more())) return undefined;
    const taken = this.#ahead.subarray(0, most);
    this.#ahead = this.#ahead.subarray(taken.length);
    this.#position += taken.length;
    return taken;
  }

  /** The next bytes as they come, at most through the next '\n' or '\r'; undefined at the end. */
  async takeLine(): Promise<Uint8Array | undefined> {
    if (!(await this.#more())) return undefined;
    const newline = this.#ahead.findIndex(isNewline);
    return this.take(newline < 0 ? this.#ahead.length : newline + 1);
  }

  /** The next bytes, which stay: so many, or all that are left. */
  async peek(count: number): Promise<Uint8Array> {
    if (this.#ahead.length < count && !this.#ended) {
      // Copied: a source may put each piece over the one before.
      const pieces = [Buffer.from(this.#ahead)];
      for (let length = this.#ahead.length; length < count; ) {
        const piece = await this.#next();
        if (piece === undefined) break;
        pieces.push(Buffer.from(piece));
        length += piece.length;
      }
      this.#ahead = Buffer.concat(pieces);
    }
    return this.#ahead.subarray(0, count);
  }

  /**
   * At the beginning of a text: passes over a byte order mark, and returns it.
   *
   * @throws {PartitionError} `malformed`, where it is something else than text by its first bytes
   */
  async takeMark(name: string): Promise<Uint8Array | undefined> {
    const begin = await this.peek(BOM.length + 1);
    checkUtf8(begin, name);
    return BOM.equals(begin.subarray(0, BOM.length)) ? this.take(BOM.length) : undefined;
  }

  /** Lets go of what is read. */
  async close(): Promise<void> {
    this.#ended = true;
    await this.#pieces.return?.();
  }

  /** Whether there are bytes; those that come next are at hand then. */
  async #more(): Promise<boolean> {
    if (this.#ahead.length > 0) return true;
    const piece = await this.#next();
    if (piece !== undefined) this.#ahead = piece;
    return piece !== undefined;
  }

  async #next(): Promise<Uint8Array | undefined> {
    while (!this.#ended) {
      const { done, value } = await this.#pieces.next();
      if (done) this.#ended = true;
      else if (value.length > 0) return value;
    }
    return undefined;
  }
}

/** Whether what `takeLine` gave is the end of a line. */
export function endsLine(piece: Uint8Array): boolean {
  return isNewline(piece[piece.length - 1] ?? 0);
}

function isNewline(byte: number): boolean {
  return byte === LF || byte === CR;
}
