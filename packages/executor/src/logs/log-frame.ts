/** A piece of output on its way from an agent to its client: `5 × u32 · f64 bytes left out · 4 bytes · text`. */
import { FrameType, frame } from '../wire/frames.ts';
import type { OutputStream } from './output-terms.ts';

export interface LogPiece {
  /** `keep`: the call's log goes on by this; `print`: to be written to the client's own stream. */
  readonly kind: 'keep' | 'print';
  readonly job: number;
  readonly index: number;
  readonly attempt: number;
  readonly stream: OutputStream;
  /** Bytes between the piece before and this one that are not kept. */
  readonly omitted: number;
  readonly bytes: Uint8Array;
}

const HEADER = 32;
const KINDS = ['keep', 'print'] as const;

export function packLog({ kind, job, index, attempt, stream, omitted, bytes }: LogPiece): Uint8Array[] {
  const header = new Uint8Array(HEADER);
  const view = new DataView(header.buffer);
  view.setUint32(0, KINDS.indexOf(kind), true);
  view.setUint32(4, job, true);
  view.setUint32(8, index, true);
  view.setUint32(12, attempt, true);
  view.setUint32(16, stream, true);
  view.setFloat64(20, omitted, true);
  return frame(FrameType.log, [header, bytes]);
}

/** The bytes are a view of the frame, which the caller does not keep. */
export function unpackLog(body: Uint8Array): LogPiece {
  const view = new DataView(body.buffer, body.byteOffset);
  return {
    kind: KINDS[view.getUint32(0, true)] ?? 'keep',
    job: view.getUint32(4, true),
    index: view.getUint32(8, true),
    attempt: view.getUint32(12, true),
    stream: view.getUint32(16, true) as OutputStream,
    omitted: view.getFloat64(20, true),
    bytes: body.subarray(HEADER),
  };
}
