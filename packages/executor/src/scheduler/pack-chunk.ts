/** Turns a chunk of a job into the message that carries it. */
import type { Encoded, FunctionDecoder } from '@skein/codec';
import { ExecutorError } from '../errors.ts';
import type { Chunk } from '../job/call-queue.ts';
import { CallState } from '../job/call-table.ts';
import { GatheredResults } from '../job/dependency.ts';
import type { JobCore } from '../job/job-core.ts';
import type { ResponseFuture } from '../job/response-future.ts';
import { StoredResult } from '../job/stored-result.ts';
import { packEach, packPrimitives } from '../wire/chunk.ts';
import type { CodePlace, Reference } from '../wire/payload.ts';
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
  const { spread } = transport.description;
  const primitives = spread ? undefined : packPrimitives(chunk.items);
  if (primitives !== undefined)
    return place({
      codes: undefined,
      refs: undefined,
      futures: undefined,
      place: undefined,
      block: primitives,
    });

  const encoded: Encoded[] = [];
  const codes: (Promise<readonly CodePlace[]> | undefined)[] = [];
  const decoders = new Map<number, FunctionDecoder>();
  const refs: Record<number, Reference> = {};
  let referring = false;
  const futures: ResponseFuture<unknown>[] = [];
  for (let i = 0; i < chunk.items.length; ) {
    try {
      const item = chunk.items[i];
      if (spread && !Array.isArray(item)) throw notArguments(item, chunk.indexes[i]!);
      const reference = referenceOf(item);
      if (reference !== undefined) {
        refs[i] = reference;
        referring = true;
      }
      const one = transport.encodeArgument(standIn(item));
      if (one.futures.some((future) => !future.done)) {
        remove(i, (index) => job.park(index, item, one.futures));
        continue;
      }
      futures.push(...one.futures);
      const shipping = one.codes();
      encoded.push(one.encoded);
      codes.push(shipping);
      if (shipping !== undefined) decoders.set(chunk.indexes[i]!, one.functions);
      i++;
    } catch (error) {
      remove(i, (index) => job.settle(index, CallState.error, error));
    }
  }
  if (encoded.length === 0) return undefined;
  const packed: PackedMessage = {
    codes: undefined,
    refs: referring ? refs : undefined,
    futures: undefined,
    place: undefined,
    block: packEach(encoded),
  };
  if (decoders.size === 0 && futures.length === 0) return place(packed);
  return Promise.all([Promise.all(codes), transport.encodeFutures(futures)]).then(([places, outcomes]) => {
    const known: Record<number, readonly CodePlace[]> = {};
    places.forEach((one, i) => {
      if (one !== undefined) known[i] = one;
    });
    return place({ ...packed, codes: known, futures: outcomes, decoders });
  });

  /** Takes a call out of the chunk. */
  function remove(at: number, then: (index: number) => void): void {
    const [index] = chunk.indexes.splice(at, 1);
    chunk.items.splice(at, 1);
    delete refs[at];
    then(index!);
  }

  function place(message: PackedMessage): PackedMessage | Promise<PackedMessage> {
    const bytes = message.block.reduce((sum, part) => sum + part.byteLength, 0);
    if (bytes <= inlineBytes) return message;
    return transport
      .storeArguments(chunk.indexes[0]!, message.block)
      .then((stored) => ({ ...message, place: stored, block: [] }));
  }
}

/** Results of other calls that stay where they are: the worker fetches them. */
function referenceOf(item: unknown): Reference | undefined {
  if (item instanceof StoredResult) return { whole: item.place };
  if (!(item instanceof GatheredResults)) return undefined;
  return { members: item.stored.map(([position, { place }]) => [position, place] as const) };
}

/** What is sent in their stead. */
function standIn(item: unknown): unknown {
  if (item instanceof StoredResult) return undefined;
  return item instanceof GatheredResults ? item.values : item;
}

function notArguments(item: unknown, index: number): ExecutorError {
  return new ExecutorError(
    'invalid-argument',
    `the items of a starmap are arrays of arguments; item ${index} is ${item === null ? 'null' : `of type ${typeof item}`}`,
  );
}
