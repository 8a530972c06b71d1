import { partOffset } from './binary-source.ts';
import type { Encoder } from './encoder.ts';
import { type Frame, seal } from './frame.ts';
import type { Reach } from './portable.ts';

/** An encoded value: a head, and the large binary parts where they are. */
export interface Encoded {
  /** Everything but the large binary parts. */
  readonly head: Uint8Array;
  /** Views of the caller's memory, not copied. They must not change before they are sent. */
  readonly buffers: readonly Uint8Array[];
  /** Of the whole message. */
  readonly byteLength: number;
  /** The specifiers that define the handles within. */
  readonly modules: readonly string[];
  /** The narrowest reach of the handles within; `network` without any. */
  readonly reach: Reach;
  /** The message in one piece: the only copy of the buffers. */
  toBytes(): Uint8Array;
  /** The same bytes in pieces, nothing copied: for `writev`. */
  parts(): Uint8Array[];
}

/** Finishes what an encoder wrote: the tail, the header, and what stays outside. */
export function finish(encoder: Encoder, frame: Pick<Frame, 'kind' | 'covered'>): Encoded {
  const tail = encoder.position;
  const handles = encoder.handles === undefined ? NONE : [...encoder.handles.values()];
  encoder.varint(handles.length);
  for (const { type, module } of handles) {
    encoder.string(type);
    encoder.string(module);
  }
  let outside: readonly Uint8Array[] = NONE;
  if (encoder.hasBinary) outside = encoder.binary.write(encoder, frame.covered);
  else encoder.varint(0);
  const head = Uint8Array.prototype.slice.call(encoder.bytes, 0, encoder.position);
  seal(head, frame.kind, frame.covered, tail);
  const modules = handles === NONE ? NONE : [...new Set(handles.map(({ module }) => module))];
  return new Message(head, outside, modules, encoder.reach);
}

const NONE: readonly never[] = [];

/** Fewer than eight zero bytes, as any gap between parts. */
const GAP = new Uint8Array(16);

class Message implements Encoded {
  readonly head: Uint8Array;
  readonly buffers: readonly Uint8Array[];
  readonly byteLength: number;
  readonly modules: readonly string[];
  readonly reach: Reach;

  constructor(head: Uint8Array, buffers: readonly Uint8Array[], modules: readonly string[], reach: Reach) {
    this.head = head;
    this.buffers = buffers;
    this.modules = modules;
    this.reach = reach;
    let end = head.length;
    for (const part of buffers) end = partOffset(end, part.byteOffset) + part.length;
    this.byteLength = end;
  }

  toBytes(): Uint8Array {
    if (this.buffers.length === 0) return this.head;
    // Memory that is written over at once need not be zeroed; the gaps are.
    const bytes = Buffer.allocUnsafeSlow(this.byteLength);
    let end = 0;
    for (const part of this.parts()) {
      bytes.set(part, end);
      end += part.length;
    }
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  parts(): Uint8Array[] {
    const parts = [this.head];
    let end = this.head.length;
    for (const part of this.buffers) {
      const at = partOffset(end, part.byteOffset);
      if (at > end) parts.push(GAP.subarray(0, at - end));
      parts.push(part);
      end = at + part.length;
    }
    return parts;
  }
}
