/** Where the messages of a stream lie: nothing tells but the messages, each where the next one is. */
import type { Schema } from 'apache-arrow';
import { malformed } from '../errors.ts';
import type { ByteSource } from '../source/byte-source.ts';
import { type Layout, MAGIC, type Placed } from './layout.ts';
import { type Arrow, loadArrow } from './load.ts';
import { decodeMessage, metadataLength } from './message.ts';

/** How much is read at a message: its metadata, and behind it small batches as a whole. */
export const WINDOW: number = 16 * 1024;

/** Reads the metadata of all messages, and hops over the bodies. */
export async function scanStream(
  source: ByteSource,
  size: number,
  head: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<Layout> {
  const walk = walkOver(await loadArrow(), source.name, size);
  let window = { start: 0, bytes: head };
  let step = walk.next();
  while (!step.done) {
    const { offset, length } = step.value;
    const read = window.start + window.bytes.length;
    if (offset + length > read && read < size)
      window = { start: offset, bytes: await source.read(offset, offset + Math.max(length, WINDOW), signal) };
    step = walk.next(window.bytes.subarray(offset - window.start, offset - window.start + length));
  }
  return step.value;
}

/** The schema of a stream, whose message has this length. */
export async function readSchema(
  source: ByteSource,
  length: number,
  signal: AbortSignal | undefined,
): Promise<Schema> {
  const message = decodeMessage(await loadArrow(), source.name, 0, await source.read(0, length, signal));
  if (!message.isSchema()) throw none(source.name, 0, undefined);
  return message.header() as Schema;
}

/** Asks for the bytes that it has to see, until it has been at all messages. */
function* walkOver(
  arrow: Arrow,
  name: string,
  size: number,
): Generator<{ readonly offset: number; readonly length: number }, Layout, Uint8Array> {
  let schema: Schema | undefined;
  let schemaLength = 0;
  const messages: Placed[] = [];
  for (let offset = 0; offset < size; ) {
    const metadata = metadataLength(yield { offset, length: 8 });
    if (metadata === 0) break; // the end, as it is written
    if (offset + metadata > size) throw none(name, offset, schema);
    const message = decodeMessage(arrow, name, offset, yield { offset, length: metadata });
    const block = { offset, metadata, body: message.bodyLength };
    offset += metadata + block.body;
    if (offset > size)
      throw malformed(
        name,
        `the message at byte ${block.offset} would end at byte ${offset}, and there are ${size}: it is cut off`,
      );
    if (message.isSchema()) {
      schema = message.header() as Schema;
      schemaLength = metadata;
    } else if (schema === undefined) throw none(name, block.offset, schema);
    else if (message.isRecordBatch()) messages.push({ kind: 'batch', ...block });
    else if (message.isDictionaryBatch()) {
      const { id, isDelta } = message.header() as { id: number; isDelta: boolean };
      messages.push({ kind: 'dictionary', ...block, id, isDelta });
    }
  }
  if (schema === undefined) throw none(name, 0, schema);
  return { kind: 'stream', schema, schemaLength, messages };
}

function none(name: string, offset: number, schema: Schema | undefined): Error {
  const expected =
    schema === undefined
      ? `an Arrow file, which begins with '${MAGIC}', or a stream, which begins with a schema`
      : `a message of Arrow at byte ${offset}`;
  return malformed(name, `expected ${expected}: it is something else, or damaged`);
}
