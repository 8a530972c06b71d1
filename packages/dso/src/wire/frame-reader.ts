import { MalformedError, Reader } from '../value/reader.ts';
import { MAX_FRAME } from './protocol.ts';

/** Gets a message: its kind, and a reader of the rest. */
export type OnMessage = (kind: number, body: Reader) => void;

interface Assembly {
  readonly bytes: Buffer;
  at: number;
}

export interface FrameReaderOptions {
  /** The kind of frame that is a part of a larger message. */
  readonly part: number;
  /** Of one message, and of all that are on their way. */
  readonly maxMessageBytes: number;
}

/** Puts frames together from the chunks of a stream, and messages from frames that are parts. */
export class FrameReader {
  readonly #options: FrameReaderOptions;
  readonly #onMessage: OnMessage;
  /** A frame whose end has not come, with its length before it; of four bytes while that is not known. */
  #begun: Buffer | undefined;
  /** How many bytes of it are there. */
  #came = 0;
  readonly #assemblies = new Map<number, Assembly>();
  #assembling = 0;

  constructor(options: FrameReaderOptions, onMessage: OnMessage) {
    this.#options = options;
    this.#onMessage = onMessage;
  }

  /**
   * @param chunk is not kept: what is read next may come to the same memory.
   * @throws {MalformedError} the stream cannot be read on after it.
   */
  push(chunk: Buffer): void {
    let at = this.#begun === undefined ? 0 : this.#goOn(this.#begun, chunk);
    while (chunk.length - at >= 4) {
      const end = at + 4 + lengthAt(chunk, at);
      if (end > chunk.length) break;
      this.#frame(chunk, at + 4, end);
      at = end;
    }
    if (at === chunk.length) return;
    const isKnown = chunk.length - at >= 4;
    this.#begun = Buffer.allocUnsafeSlow(isKnown ? 4 + lengthAt(chunk, at) : 4);
    this.#came = chunk.copy(this.#begun, 0, at);
  }

  /** Adds to the frame that has begun. Where in the chunk the next one begins. */
  #goOn(begun: Buffer, chunk: Buffer): number {
    let at = this.#add(begun, chunk, 0);
    if (this.#came < begun.length) return at;
    let whole = begun;
    if (begun.length === 4) {
      whole = Buffer.allocUnsafeSlow(4 + lengthAt(begun, 0));
      begun.copy(whole);
      this.#begun = whole;
      at += this.#add(whole, chunk, at);
      if (this.#came < whole.length) return at;
    }
    this.#begun = undefined;
    this.#frame(whole, 4, whole.length);
    return at;
  }

  #add(begun: Buffer, chunk: Buffer, from: number): number {
    const added = chunk.copy(begun, this.#came, from);
    this.#came += added;
    return added;
  }

  #frame(bytes: Buffer, start: number, end: number): void {
    const kind = bytes[start]!;
    const body = new Reader(bytes, true, start + 1, end);
    if (kind === this.#options.part) this.#part(body, bytes, end);
    else this.#onMessage(kind, body);
  }

  /** `stream, total` begins a message, `stream, 0` goes on with it; the bytes follow. */
  #part(body: Reader, bytes: Buffer, end: number): void {
    const stream = body.varint();
    const total = body.varint();
    let assembly = this.#assemblies.get(stream);
    if (total > 0) {
      if (assembly !== undefined) throw new MalformedError(`message ${stream} begins twice`);
      const { maxMessageBytes } = this.#options;
      if (this.#assembling + total > maxMessageBytes)
        throw new MalformedError(
          `a message of ${total} bytes: at most ${maxMessageBytes} are allowed on their way (--max-message-bytes)`,
        );
      assembly = { bytes: Buffer.allocUnsafeSlow(total), at: 0 };
      this.#assemblies.set(stream, assembly);
      this.#assembling += total;
    }
    if (assembly === undefined) throw new MalformedError(`a part of message ${stream}, which has not begun`);
    const length = end - body.position;
    if (length > assembly.bytes.length - assembly.at)
      throw new MalformedError(`message ${stream} is longer than it said`);
    bytes.copy(assembly.bytes, assembly.at, body.position, end);
    assembly.at += length;
    if (assembly.at < assembly.bytes.length) return;
    this.#assemblies.delete(stream);
    this.#assembling -= assembly.bytes.length;
    this.#onMessage(assembly.bytes[0]!, new Reader(assembly.bytes, false, 1));
  }
}

function lengthAt(bytes: Buffer, at: number): number {
  const length = bytes.readUInt32LE(at);
  if (length === 0 || length > MAX_FRAME)
    throw new MalformedError(
      `a frame of ${length} bytes: at most ${MAX_FRAME} are allowed, or this is no peer of ours`,
    );
  return length;
}
