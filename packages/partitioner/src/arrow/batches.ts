/** Reads the record batches of a part: of its own bytes those of the columns wanted, and the dictionaries that these need. */
import type { Data, DataType, Message, RecordBatch, Schema, Vector } from 'apache-arrow';
import { malformed, messageOf, PartitionError } from '../errors.ts';
import type { ByteSource } from '../source/byte-source.ts';
import { fresh, type Memory, TurnByTurn } from '../source/memory.ts';
import { type Pieces, type Range, readRanges } from '../source/ranges.ts';
import { readAhead } from '../source/read-ahead.ts';
import { checkColumn } from './check-column.ts';
import { type Decode, loadCodec, unpackBuffer } from './codecs.ts';
import type { Needed } from './columnar-reader.ts';
import type { Placed } from './layout.ts';
import { type Arrow, loadArrow } from './load.ts';
import { headerOf, type Load, loadLoader, type Region } from './loader.ts';
import { bodyOf, decodeMessage, metadataOf } from './message.ts';

/** What is read: messages in order, and of them columns by name. */
export interface Reading {
  readonly source: ByteSource;
  readonly schema: Schema;
  readonly messages: readonly Placed[];
  readonly columns: readonly string[];
  readonly signal: AbortSignal | undefined;
}

/** How many rows the batches have, by their metadata. */
export async function countRows({ source, messages, signal }: Reading): Promise<number> {
  const arrow = await loadArrow();
  const batches = messages.filter(({ kind }) => kind === 'batch');
  const pieces = await readRanges(source, batches.map(metadataOf), signal);
  const rows = batches.map((batch) => headerOf(decoded(arrow, source, batch, pieces)).length);
  return rows.reduce((sum, length) => sum + length, 0);
}

/** How much is read at once of a source that says nothing, when batches are consumed one after another. */
const WINDOW = 8 * 2 ** 20;

/** The batches, in order. Read in windows, one ahead of what is consumed. */
export async function* readBatches(reading: Reading, needed: Needed): AsyncGenerator<RecordBatch> {
  const arrow = await loadArrow();
  const load = await loadLoader();
  const dictionaries = new Map<number, Vector>();
  const { window = WINDOW } = reading.source;
  const windows = windowsOf(reading.messages, needed === 'together' ? Number.POSITIVE_INFINITY : window);
  const passing = needed === 'passing' ? new TurnByTurn() : undefined;
  const memory = (): Memory => passing?.next() ?? fresh;
  const readOne = (window: readonly Placed[]): Promise<Read> =>
    readWindow(arrow, load, reading, window, memory());
  for await (const [messages, read] of readAhead(windows, readOne)) {
    for (const block of messages) {
      const batch = build(arrow, load, reading, block, read, dictionaries, passing !== undefined);
      if (batch !== undefined) yield batch;
    }
  }
}

function windowsOf(messages: readonly Placed[], bytes: number): readonly (readonly Placed[])[] {
  const windows: Placed[][] = [];
  let room = 0;
  for (const message of messages) {
    if (room <= 0) {
      windows.push([]);
      room = bytes;
    }
    windows.at(-1)?.push(message);
    room -= message.metadata + message.body;
  }
  return windows;
}

/** What was read of a window: messages, and the bytes of their buffers. */
interface Read {
  readonly messages: ReadonlyMap<Placed, Message>;
  readonly codecs: ReadonlyMap<number, Decode>;
  bytesOf(range: Range): Uint8Array | undefined;
}

async function readWindow(
  arrow: Arrow,
  load: Load,
  reading: Reading,
  blocks: readonly Placed[],
  memory: Memory,
): Promise<Read> {
  const { source, schema, columns, signal } = reading;
  const all = columns.length === schema.fields.length;
  // All columns are read in one go; of some, the metadata tells where they are.
  const first = await readRanges(
    source,
    blocks.map((block) => (all ? whole(block) : metadataOf(block))),
    signal,
    memory,
  );
  const messages = new Map(blocks.map((block) => [block, decoded(arrow, source, block, first)]));
  const codecs = new Map<number, Decode>();
  const wanted: Range[] = [];
  for (const [block, message] of messages) {
    const { compression } = headerOf(message);
    if (compression !== null && !codecs.has(compression.type))
      codecs.set(compression.type, await loadCodec(arrow, compression.type));
    const take = (region: Region): Uint8Array => {
      wanted.push(rangeOf(source, block, region));
      return new Uint8Array(0);
    };
    if (needed(reading, message)) columnsOf(load, reading, message, new Map(), take);
  }
  const rest = await readRanges(
    source,
    wanted.filter((range) => first.get(range) === undefined),
    signal,
    memory,
  );
  return { messages, codecs, bytesOf: (range) => first.get(range) ?? rest.get(range) };
}

function build(
  arrow: Arrow,
  load: Load,
  reading: Reading,
  block: Placed,
  { messages, codecs, bytesOf }: Read,
  dictionaries: Map<number, Vector>,
  isPassing: boolean,
): RecordBatch | undefined {
  const { source, schema, columns } = reading;
  const message = messages.get(block);
  if (message === undefined || !needed(reading, message)) return undefined;
  const header = headerOf(message);
  const decode = header.compression === null ? undefined : codecs.get(header.compression.type);
  const take = (region: Region): Uint8Array => {
    const bytes = bytesOf(rangeOf(source, block, region));
    if (bytes === undefined)
      throw malformed(source.name, `it ends within the message at byte ${block.offset}: it is cut off`);
    if (decode !== undefined) return aligned(unpackBuffer(bytes, decode));
    return isPassing && message.isDictionaryBatch() ? new Uint8Array(bytes) : aligned(bytes); // dictionaries last
  };
  try {
    const data = columnsOf(load, reading, message, dictionaries, take);
    for (const column of data) checkColumn(column, header.length);
    if (message.isDictionaryBatch()) {
      keep(arrow, dictionaries, message.header() as unknown as DictionaryHeader, data);
      return undefined;
    }
    const part = schema.selectAt(indicesOf(schema, columns));
    const type = new arrow.Struct(part.fields);
    const rows = arrow.makeData({ type, length: header.length, nullCount: 0, children: [...data] });
    return new arrow.RecordBatch(part, rows, message.metadata);
  } catch (cause) {
    if (cause instanceof PartitionError) throw cause;
    throw malformed(
      source.name,
      `the message at byte ${block.offset} cannot be read: ${messageOf(cause)}`,
      cause,
    );
  }
}

interface DictionaryHeader {
  readonly id: number;
  readonly isDelta: boolean;
}

/** Its values are decoded once, not at each row. */
function keep(
  arrow: Arrow,
  dictionaries: Map<number, Vector>,
  { id, isDelta }: DictionaryHeader,
  data: readonly Data[],
): void {
  const values = new arrow.Vector([...data]);
  const before = isDelta ? dictionaries.get(id) : undefined;
  dictionaries.set(id, (before === undefined ? values : before.concat(values)).memoize() as Vector);
}

/** The columns that are wanted of a batch, or the values of a dictionary. */
function columnsOf(
  load: Load,
  { schema, columns }: Reading,
  message: Message,
  dictionaries: Map<number, Vector>,
  take: (region: Region) => Uint8Array,
): readonly Data[] {
  const loading = { header: headerOf(message), version: schema.metadataVersion, dictionaries };
  if (!message.isDictionaryBatch()) {
    return load(loading, schema.fields, (at) => columns.includes(schema.fields[at]?.name ?? ''), take);
  }
  const type = schema.dictionaries.get((message.header() as unknown as DictionaryHeader).id);
  return type === undefined ? [] : load(loading, [type], () => true, take);
}

/** Dictionaries only of columns that are read. */
function needed({ schema, columns }: Reading, message: Message): boolean {
  if (!message.isDictionaryBatch()) return true;
  const { id } = message.header() as unknown as DictionaryHeader;
  const uses = (type: DataType & { readonly id?: number; readonly dictionary?: DataType }): boolean =>
    (type.dictionary !== undefined && (type.id === id || uses(type.dictionary))) ||
    (type.children?.some(({ type: child }) => uses(child)) ?? false);
  return schema.fields.some(({ name, type }) => columns.includes(name) && uses(type));
}

function indicesOf(schema: Schema, columns: readonly string[]): number[] {
  return schema.fields.flatMap(({ name }, at) => (columns.includes(name) ? [at] : []));
}

function decoded(arrow: Arrow, { name }: ByteSource, block: Placed, pieces: Pieces): Message {
  return decodeMessage(arrow, name, block.offset, pieces.get(metadataOf(block)));
}

function whole(block: Placed): Range {
  return { start: block.offset, end: bodyOf(block).end };
}

function rangeOf({ name }: ByteSource, block: Placed, { offset, length }: Region): Range {
  if (offset < 0 || length < 0 || offset + length > block.body)
    throw malformed(
      name,
      `a buffer of the message at byte ${block.offset} lies outside of it: the file is damaged`,
    );
  const { start } = bodyOf(block);
  return { start: start + offset, end: start + offset + length };
}

/** Vectors are views of what was read; where that begins at an odd place, copies. */
function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
}
