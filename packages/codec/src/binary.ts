import { checksum } from './checksum.ts';
import type { Sink } from './sink.ts';

/** Parts from this size stay where they are; smaller ones are copied into the head. */
export const INLINE_BELOW = 4096;

/** A run of bytes of an ArrayBuffer that a message ships. */
interface Segment {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** What a message refers to of one ArrayBuffer. */
interface Source {
  readonly buffer: ArrayBuffer;
  /** The buffer itself is in the value, not only views of it. */
  whole: boolean;
  /** Only Buffers over memory the size of Node's pool: they share it by accident. */
  pooled: boolean;
  readonly windows: { start: number; end: number }[];
}

/**
 * The binary memory behind a message. Of each ArrayBuffer only the hull of what is referenced travels. Buffers
 * from Node's pool are neighbours by accident, and what lies between them belongs to others: there only
 * overlapping windows stay together.
 */
export class BinaryTable {
  private readonly sources: Source[] = [];
  private readonly numbers = new Map<ArrayBuffer, number>();

  get size(): number {
    return this.sources.length;
  }

  /** The number of the view's buffer, of which its window will travel. */
  addView(view: ArrayBufferView<ArrayBuffer>): number {
    const number = this.number(view.buffer);
    const source = this.sources[number]!;
    if (!Buffer.isBuffer(view)) source.pooled = false;
    const start = view.byteOffset;
    source.windows.push({ start, end: start + view.byteLength });
    return number;
  }

  /** The number of a buffer that travels whole. */
  addBuffer(buffer: ArrayBuffer): number {
    const number = this.number(buffer);
    this.sources[number]!.whole = true;
    return number;
  }

  /** What comes next is independent: it shares no memory with what was written. */
  separate(): void {
    this.numbers.clear();
  }

  /** Forgets the buffers from number `size` on. */
  truncate(size: number): void {
    for (const source of this.sources.splice(size)) this.numbers.delete(source.buffer);
  }

  /** Writes the table behind the graph and returns the parts that stay outside, in order. */
  write(sink: Sink, covered: boolean): Uint8Array[] {
    const outside: Uint8Array[] = [];
    sink.varint(this.sources.length);
    for (const source of this.sources) {
      const segments = segmentsOf(source);
      sink.byte(source.whole ? 1 : 0);
      sink.varint(segments.length);
      for (const { start, bytes } of segments) {
        sink.varint(start);
        sink.varint(bytes.length);
        if (bytes.length < INLINE_BELOW) sink.raw(bytes);
        else {
          outside.push(bytes);
          if (covered) sink.varint(checksum(bytes, 0, bytes.length));
        }
      }
    }
    return outside;
  }

  private number(buffer: ArrayBuffer): number {
    const known = this.numbers.get(buffer);
    if (known !== undefined) return known;
    const number = this.sources.length;
    this.numbers.set(buffer, number);
    this.sources.push({ buffer, whole: false, pooled: buffer.byteLength === Buffer.poolSize, windows: [] });
    return number;
  }
}

function segmentsOf(source: Source): Segment[] {
  const { buffer, windows } = source;
  const segment = (start: number, end: number): Segment => ({
    start,
    bytes: new Uint8Array(buffer, start, end - start),
  });
  if (source.whole) return [segment(0, buffer.byteLength)];
  const sorted = windows.toSorted((a, b) => a.start - b.start || a.end - b.end);
  const merged: { start: number; end: number }[] = [];
  for (const window of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && (!source.pooled || window.start < last.end || window.start === last.start)) {
      last.end = Math.max(last.end, window.end);
    } else merged.push({ ...window });
  }
  return merged.map(({ start, end }) => segment(start, end));
}
