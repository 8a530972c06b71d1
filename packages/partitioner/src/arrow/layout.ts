/** Where the messages of an Arrow file or stream lie. Feather of version 2 is the file. */
import type { Schema } from 'apache-arrow';
import { malformed, messageOf } from '../errors.ts';
import { loadPackage } from '../optional-package.ts';
import type { ByteSource } from '../source/byte-source.ts';
import { loadArrow } from './load.ts';
import type { Block } from './message.ts';
import { scanStream, WINDOW } from './stream.ts';

/** A message with values of its own: of a dictionary, or a batch of records. */
export interface Placed extends Block {
  readonly kind: 'dictionary' | 'batch';
  /** In a stream, of a dictionary: whose it is, and whether it adds to what was there. */
  readonly id?: number;
  readonly isDelta?: boolean;
}

/** The messages behind the schema, in the order in which they are read. */
export interface Layout {
  readonly kind: 'file' | 'stream';
  readonly schema: Schema;
  /** Bytes of the schema's message, which in a stream is the first. */
  readonly schemaLength: number;
  readonly messages: readonly Placed[];
}

export const MAGIC = 'ARROW1';
/** The magic at the beginning, padded, and at the end the length of the footer with the magic again. */
const HEAD = 8;
const TAIL = 10;
/** How much is read at the end of a file: most footers are smaller. */
const GUESS = 64 * 1024;
/** @throws {PartitionError} `malformed`, when it is neither a file nor a stream of Arrow, or is damaged */
export async function readLayout(source: ByteSource, size: number, signal?: AbortSignal): Promise<Layout> {
  const head = await source.read(0, Math.min(size, WINDOW), signal);
  const magic = textOf(head.subarray(0, MAGIC.length));
  if (magic === MAGIC) return readFooter(source, size, signal);
  if (magic.startsWith('FEA1'))
    throw malformed(
      source.name,
      'this is Feather of version 1, which is not Arrow: write it anew with version 2',
    );
  return scanStream(source, size, head, signal);
}

async function readFooter(
  source: ByteSource,
  size: number,
  signal: AbortSignal | undefined,
): Promise<Layout> {
  const { Footer } = await loadFooter();
  const guess = await source.read(Math.max(0, size - GUESS), size, signal);
  if (size < HEAD + TAIL || textOf(guess.subarray(-MAGIC.length)) !== MAGIC)
    throw malformed(source.name, `an Arrow file ends with '${MAGIC}', and this one does not: it is cut off`);
  const length = new DataView(guess.buffer, guess.byteOffset, guess.byteLength).getInt32(
    guess.length - TAIL,
    true,
  );
  if (length <= 0 || length > size - HEAD - TAIL)
    throw malformed(source.name, `its footer would be ${length} bytes long, of ${size}: the file is damaged`);
  const tail = length + TAIL;
  const bytes =
    tail <= guess.length ? guess.subarray(guess.length - tail) : await source.read(size - tail, size, signal);
  try {
    const footer = Footer.decode(bytes.subarray(0, length));
    const dictionaries = [...footer.dictionaryBatches()].map((block) => placed('dictionary', block));
    const batches = [...footer.recordBatches()].map((block) => placed('batch', block));
    const messages = [...dictionaries, ...batches];
    const lost = messages.find(
      ({ offset, metadata, body }) => offset < HEAD || offset + metadata + body > size,
    );
    if (lost !== undefined) throw new Error(`a block at byte ${lost.offset} lies outside of the file`);
    return { kind: 'file', schema: footer.schema, schemaLength: 0, messages };
  } catch (cause) {
    throw malformed(source.name, `its footer cannot be read: ${messageOf(cause)}`, cause);
  }
}

/** The batches from one to another, and of the dictionaries before them what these can refer to. */
export function messagesOf(messages: readonly Placed[], from: number, to: number): readonly Placed[] {
  let kept: Placed[] = [];
  let batch = 0;
  for (const message of messages) {
    if (batch === to) break;
    if (message.kind === 'batch' && batch++ < from) continue;
    const replaces = message.isDelta === false && batch <= from;
    if (replaces) kept = kept.filter(({ id }) => id !== message.id);
    kept.push(message);
  }
  return kept;
}

function placed(
  kind: Placed['kind'],
  block: { offset: number; metaDataLength: number; bodyLength: number },
): Placed {
  return { kind, offset: block.offset, metadata: block.metaDataLength, body: block.bodyLength };
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

async function loadFooter(): Promise<typeof import('apache-arrow/ipc/metadata/file')> {
  await loadArrow(); // says better what is missing
  return loadPackage('apache-arrow/ipc/metadata/file', 'Arrow files are read by');
}
