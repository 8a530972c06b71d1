/** Turns a chunk of a job into the message that carries it. */
import type { Encoded, FunctionDecoder } from '@skein/codec';
import { CallState } from '../job/call-table.ts';
import type { Chunk, JobCore } from '../job/job-core.ts';
import { packEach, packPrimitives } from '../wire/chunk.ts';
import type { CodePlace } from '../wire/payload.ts';
import type { PackedMessage } from './link.ts';
import type { JobTransport } from './transport.ts';

/**
 * Packs the arguments of a chunk. An item that cannot travel fails its own call and leaves the chunk; `undefined` when
 * none remains. A promise only where something has to be stored first: code that came along, or too many bytes.
 */
export function packChunk(
  job: JobCore,
  transport: JobTransport,
  chunk: Chunk,
  inlineBytes: number,
): PackedMessage | Promise<PackedMessage> | undefined {
  const primitives = packPrimitives(chunk.items);
  if (primitives !== undefined) return place({ codes: undefined, place: undefined, block: primitives });

  const encoded: Encoded[] = [];
  const codes: (Promise<readonly CodePlace[]> | undefined)[] = [];
  const decoders = new Map<number, FunctionDecoder>();
  for (let i = 0; i < chunk.items.length; ) {
    try {
      const one = transport.encodeArgument(chunk.items[i]);
      const shipping = one.codes();
      encoded.push(one.encoded);
      codes.push(shipping);
      if (shipping !== undefined) decoders.set(chunk.indexes[i]!, one.functions);
      i++;
    } catch (error) {
      job.settle(chunk.indexes[i]!, CallState.error, error);
      chunk.indexes.splice(i, 1);
      chunk.items.splice(i, 1);
    }
  }
  if (encoded.length === 0) return undefined;
  const packed: PackedMessage = { codes: undefined, place: undefined, block: packEach(encoded) };
  if (decoders.size === 0) return place(packed);
  return Promise.all(codes).then((places) => {
    const known: Record<number, readonly CodePlace[]> = {};
    places.forEach((one, i) => {
      if (one !== undefined) known[i] = one;
    });
    return place({ ...packed, codes: known, decoders });
  });

  function place(message: PackedMessage): PackedMessage | Promise<PackedMessage> {
    const bytes = message.block.reduce((sum, part) => sum + part.byteLength, 0);
    if (bytes <= inlineBytes) return message;
    return transport
      .storeArguments(chunk.indexes[0]!, message.block)
      .then((stored) => ({ ...message, place: stored, block: [] }));
  }
}
