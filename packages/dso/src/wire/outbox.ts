import { Writer } from '../value/writer.ts';
import { MAX_FRAME } from './protocol.ts';
import type { Transport } from './transport.ts';

/** Small messages are gathered into frames up to this. */
const GATHER = 64 * 1024;
/** Messages above this are given to {@link Outbox.large}; smaller ones fit a frame with others. */
export const LARGE: number = 128 * 1024;
/** Parts are written while less than this has not left yet. */
const AHEAD = 512 * 1024;
const PART = 128 * 1024;
/** Before each frame. */
const LENGTH_BYTES = 4;

/** What large messages to a peer that takes any may take on their way, bytes. */
const UNDER_WAY = 256 * 2 ** 20;

interface Large {
  readonly stream: number;
  readonly parts: Uint8Array[];
  readonly total: number;
  begun: boolean;
}

/**
 * Messages on their way out. Those of a turn of the event loop leave together; large ones are cut into parts and share
 * the line with all others, so that a big object delays nobody.
 */
export class Outbox {
  readonly #part: number;
  readonly #writer = new Writer();
  #transport: Transport | undefined;
  #finish: ((length: number) => void) | undefined;
  #kind = -1;
  #frameStart = 0;
  /** Messages of which parts have been sent: they take turns. */
  #begun: Large[] = [];
  /** Large messages that follow them. */
  #large: Large[] = [];
  #backlog = 0;
  /** Of the begun ones, as a whole: the receiver has made room for that. */
  #underWay = 0;
  /** Of the messages that are begun at a time, bytes, unless it is only one: what the receiver takes. */
  maxUnderWay: number = UNDER_WAY;
  #streams = 0;
  #ending = false;

  constructor(part: number) {
    this.#part = part;
  }

  attach(transport: Transport): void {
    this.#transport = transport;
    transport.onDrain = () => this.#pump();
  }

  /** Bytes that wait for the next flush. */
  get waiting(): number {
    return this.#writer.length;
  }

  /** Bytes of large messages that the transport has not been given yet. */
  get backlog(): number {
    return this.#backlog;
  }

  /**
   * The writer of a frame of this kind; consecutive messages of a gathered kind share one. Who writes what may be longer
   * than {@link LARGE} uses {@link large}: a frame that comes out too long is still sent in parts, but those hold up all
   * others.
   */
  frame(kind: number, gathered = false): Writer {
    const writer = this.#writer;
    if (this.#finish !== undefined) {
      if (gathered && this.#kind === kind && writer.length - this.#frameStart < GATHER) return writer;
      this.#close();
    }
    this.#finish = writer.reserve();
    this.#frameStart = writer.length;
    this.#kind = kind;
    writer.byte(kind);
    return writer;
  }

  /** A message of any size, written by itself: its pieces begin with its kind. Small ones after it may overtake it. */
  large(parts: Uint8Array[]): void {
    const large = this.#unlessItFits(parts);
    if (large !== undefined) this.#large.push(large);
  }

  /** A message of any size that those after it build on: nothing overtakes it. */
  inOrder(parts: Uint8Array[]): void {
    const large = this.#unlessItFits(parts);
    if (large === undefined) return;
    // For it there must be room as well.
    while (this.#begun.length > 0 && this.#underWay + large.total > this.maxUnderWay) this.#writeNext();
    while (large.parts.length > 0) this.#writePart(large);
  }

  /** Sends what was written. */
  flush(): void {
    this.#close();
    if (this.#writer.length > 0) this.#transport?.write(this.#writer.take());
    if (this.#hasLarge) this.#pump();
  }

  /** Ends the transport when everything that was written has left; `discard`: large messages need not. */
  end(discard = false): void {
    if (discard) {
      this.#begun = [];
      this.#large = [];
      this.#backlog = 0;
    }
    this.flush();
    if (this.#hasLarge) this.#ending = true;
    else this.#transport?.end();
  }

  get #hasLarge(): boolean {
    return this.#begun.length + this.#large.length > 0;
  }

  #close(): void {
    const finish = this.#finish;
    if (finish === undefined) return;
    this.#finish = undefined;
    const length = this.#writer.length - this.#frameStart;
    if (length <= MAX_FRAME) finish(length);
    else this.#divide();
  }

  /** The last frame is longer than frames may be: it becomes parts, and keeps its place. */
  #divide(): void {
    const parts = this.#writer.take();
    let before = this.#frameStart - LENGTH_BYTES;
    while (before > 0) {
      const part = parts.shift()!;
      this.#writer.raw(part.subarray(0, before));
      if (part.length > before) parts.unshift(part.subarray(before));
      before -= Math.min(before, part.length);
    }
    let length = LENGTH_BYTES;
    while (length > 0) {
      const part = parts.shift()!;
      if (part.length > length) parts.unshift(part.subarray(length));
      length -= Math.min(length, part.length);
    }
    this.inOrder(parts);
  }

  /** What has to be cut into parts; what fits a frame is written. */
  #unlessItFits(parts: Uint8Array[]): Large | undefined {
    const total = parts.reduce((sum, { length }) => sum + length, 0);
    if (total > MAX_FRAME) {
      this.#backlog += total;
      return { stream: ++this.#streams, parts, total, begun: false };
    }
    this.#close();
    this.#writer.reserve()(total);
    for (const part of parts) this.#writer.raw(part);
    return undefined;
  }

  /** A part of the begun message whose turn it is. */
  #writeNext(): void {
    const large = this.#begun.shift()!;
    this.#writePart(large);
    if (large.parts.length > 0) this.#begun.push(large);
    else this.#underWay -= large.total;
  }

  #writePart(large: Large): void {
    const writer = this.frame(this.#part);
    writer.varint(large.stream);
    writer.varint(large.begun ? 0 : large.total);
    large.begun = true;
    let room = PART;
    while (room > 0 && large.parts.length > 0) {
      const part = large.parts[0]!;
      if (part.length <= room) large.parts.shift();
      else large.parts[0] = part.subarray(room);
      const piece = part.subarray(0, room);
      writer.raw(piece);
      room -= piece.length;
      this.#backlog -= piece.length;
    }
    this.#close();
  }

  /** Large messages take turns, a part each: as many as the receiver has room for, and at least one. */
  #pump(): void {
    const transport = this.#transport;
    while (transport !== undefined && this.#hasLarge && transport.buffered < AHEAD) {
      let next = this.#large[0];
      while (
        next !== undefined &&
        (this.#begun.length === 0 || this.#underWay + next.total <= this.maxUnderWay)
      ) {
        this.#begun.push(this.#large.shift()!);
        this.#underWay += next.total;
        next = this.#large[0];
      }
      this.#writeNext();
      transport.write(this.#writer.take());
    }
    if (this.#ending && !this.#hasLarge) {
      this.#ending = false;
      transport?.end();
    }
  }
}
