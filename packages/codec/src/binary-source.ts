import { INLINE_BELOW } from './binary.ts';
import { checksum } from './checksum.ts';
import { CodecError } from './errors.ts';
import { corrupt } from './frame.ts';
import { viewConstructor } from './kinds.ts';
import type { Source } from './source.ts';
import { VIEW_KINDS, type ViewKind } from './tags.ts';

/** A run of bytes of one of the sender's ArrayBuffers. */
interface Segment {
  readonly start: number;
  /** The run in the message. */
  readonly shipped: Uint8Array;
  readonly inline: boolean;
  /** Where the run lies for the receiver, once it was asked for. */
  memory: { readonly buffer: ArrayBuffer; readonly offset: number } | undefined;
}

interface Entry {
  readonly whole: boolean;
  readonly segments: readonly Segment[];
}

/** Where a part begins: at the same address modulo 8 as at its source, so that views of wide elements fit. */
export function partOffset(position: number, start: number): number {
  return Math.ceil(position / 8) * 8 + (start % 8);
}

/** The binary memory of a message on the receiving side: the counterpart of the sender's table. */
export class BinarySource {
  private readonly entries: Entry[] = [];
  private readonly copy: boolean;

  /** Reads the table. Large parts stay in `bytes`, unless `copy` says that every value owns its memory. */
  constructor(table: Source, bytes: Uint8Array, headLength: number, covered: boolean, copy: boolean) {
    this.copy = copy;
    let end = headLength;
    const sums: { readonly shipped: Uint8Array; readonly sum: number }[] = [];
    for (let left = table.count(); left > 0; left--) {
      const whole = table.byte() === 1;
      const segments: Segment[] = [];
      for (let more = table.count(); more > 0; more--) {
        const start = table.varint();
        const length = table.varint();
        const inline = length < INLINE_BELOW;
        const at = inline ? table.skip(length) : partOffset(end, start);
        if (!inline) end = at + length;
        if (at + length > bytes.length) {
          throw corrupt(`it was cut off: ${at + length} bytes are expected, ${bytes.length} are there`);
        }
        const shipped = bytes.subarray(at, at + length);
        if (!inline && covered) sums.push({ shipped, sum: table.varint() });
        segments.push({ start, shipped, inline, memory: undefined });
      }
      this.entries.push({ whole, segments });
    }
    if (end !== bytes.length) throw corrupt(`${end} bytes are expected, ${bytes.length} are there`);
    for (const { shipped, sum } of sums) {
      if (checksum(shipped, 0, shipped.length) !== sum) {
        throw corrupt(
          'the checksum of a binary part is another (or its memory was changed while it was being sent)',
        );
      }
    }
  }

  arrayBuffer(number: number): ArrayBuffer {
    const segment = this.entries[number]?.segments[0];
    if (segment === undefined || !this.entries[number]!.whole)
      throw corrupt('it refers to an unknown ArrayBuffer');
    return own(segment, 0).buffer;
  }

  /** An ArrayBuffer that can grow; views of it follow. */
  resizable(number: number, maxByteLength: number): ArrayBuffer {
    const segment = this.entries[number]?.segments[0];
    if (segment === undefined || segment.memory !== undefined)
      throw corrupt('it refers to an unknown ArrayBuffer');
    const { length } = segment.shipped;
    const Resizable = ArrayBuffer as new (length: number, options: { maxByteLength: number }) => ArrayBuffer;
    let buffer: ArrayBuffer;
    try {
      buffer = new Resizable(length, { maxByteLength });
    } catch (cause) {
      throw new CodecError(
        'unsupported',
        `a resizable ArrayBuffer of up to ${maxByteLength} bytes: ${String(cause)}`,
      );
    }
    new Uint8Array(buffer).set(segment.shipped);
    segment.memory = { buffer, offset: 0 };
    return buffer;
  }

  view(kindNumber: number, number: number, offset: number, byteLength: number): ArrayBufferView {
    const kind = VIEW_KINDS[kindNumber];
    if (kind === undefined) throw corrupt(`it holds a view of unknown kind ${kindNumber}`);
    const entry = this.entries[number];
    const segment = entry?.segments.find(
      ({ start, shipped }) => start <= offset && offset + byteLength <= start + shipped.length,
    );
    if (entry === undefined || segment === undefined) throw corrupt('it refers to unknown binary memory');
    const memory = entry.whole ? own(segment, 0) : this.place(segment);
    return makeView(kind, memory.buffer, memory.offset + offset - segment.start, byteLength);
  }

  private place(segment: Segment): NonNullable<Segment['memory']> {
    if (segment.memory !== undefined) return segment.memory;
    const { shipped, start, inline } = segment;
    const aligned = shipped.byteOffset % 8 === start % 8;
    if (inline || !aligned || this.copy) return own(segment, start % 8);
    segment.memory = { buffer: shipped.buffer as ArrayBuffer, offset: shipped.byteOffset };
    return segment.memory;
  }
}

/** Memory of its own for a run, which begins at `offset` of it. */
function own(segment: Segment, offset: number): NonNullable<Segment['memory']> {
  if (segment.memory === undefined) {
    const buffer = new ArrayBuffer(offset + segment.shipped.length);
    new Uint8Array(buffer, offset).set(segment.shipped);
    segment.memory = { buffer, offset };
  }
  return segment.memory;
}

function makeView(kind: ViewKind, buffer: ArrayBuffer, offset: number, byteLength: number): ArrayBufferView {
  if (kind === 'Buffer') return Buffer.from(buffer, offset, byteLength);
  const View = viewConstructor(kind) as ReturnType<typeof viewConstructor> | undefined;
  if (View === undefined) {
    throw new CodecError(
      'unsupported',
      `the message holds a ${kind}, which Node ${process.versions.node} does not have`,
    );
  }
  const size = (View as unknown as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1;
  if (byteLength % size !== 0 || offset % size !== 0)
    throw corrupt(`a ${kind} of ${byteLength} bytes cannot be`);
  return new View(buffer, offset, byteLength / size);
}
