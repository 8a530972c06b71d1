/** Reads row groups as record batches: of each the bytes of the columns wanted, and no others. */
import type { Data, RecordBatch } from 'apache-arrow';
import type { ColumnMetaData, FileMetaData } from 'hyparquet';
import type { Decode } from '../arrow/codecs.ts';
import type { Arrow } from '../arrow/load.ts';
import { TypeId } from '../arrow/type-id.ts';
import { malformed, messageOf, PartitionError } from '../errors.ts';
import type { ByteSource } from '../source/byte-source.ts';
import { Arena, fresh, type Memory, TurnByTurn } from '../source/memory.ts';
import { type Pieces, type Range, readRanges } from '../source/ranges.ts';
import { readAhead } from '../source/read-ahead.ts';
import { readChunk, Scratch } from './chunk.ts';
import { loadCodec } from './codecs.ts';
import { Dictionary } from './dictionary.ts';
import type { Hyparquet } from './footer.ts';
import { dataOf, nullsOf, readValues } from './nested.ts';
import type { Column, FileSchema } from './schema.ts';
import { BooleanSink, BytesSink, DictionarySink, FixedSink } from './sink.ts';

export interface File extends FileSchema {
  readonly source: ByteSource;
  readonly metadata: FileMetaData;
  readonly arrow: Arrow;
  readonly hyparquet: Hyparquet;
}

/** How much is read at once of a source that says nothing: as many row groups as have so many bytes, or one. */
const WINDOW = 16 * 2 ** 20;

/** @param isPassing whether a batch is gone when the next is asked for: that is put over it */
export async function* readRowGroups(
  file: File,
  groups: readonly number[],
  names: readonly string[],
  isPassing: boolean,
  signal: AbortSignal | undefined,
): AsyncGenerator<RecordBatch> {
  const columns = file.columns.filter(({ name }) => names.includes(name));
  const values = isPassing ? new Arena() : undefined;
  const decoder = new Decoder(file, columns, values ?? fresh);
  const windows = windowsOf(file, groups, columns);
  // What is decoded is a copy: one holds what is decoded now, the other what is read meanwhile.
  const packed = new TurnByTurn();
  const readOne = (window: readonly number[]): Promise<Pieces> =>
    read(file, window, columns, packed.next(), signal);
  for await (const [window, pieces] of readAhead(windows, readOne)) {
    for (const group of window) {
      values?.reset();
      yield await decoder.decode(group, pieces);
    }
  }
}

/** Where the chunks of a column lie in a row group: of one with fields, one chunk for each. */
export function chunksOf(
  { row_groups: groups }: FileMetaData,
  group: number,
  name: string,
): readonly ColumnMetaData[] {
  const chunks = groups[group]?.columns ?? [];
  return chunks.flatMap(({ meta_data: chunk }) => (chunk?.path_in_schema[0] === name ? [chunk] : []));
}

/** Some writers tell a dictionary at 0 where there is none. */
export function rangeOf(chunk: ColumnMetaData): Range {
  const start = Number(chunk.dictionary_page_offset || chunk.data_page_offset);
  return { start, end: start + Number(chunk.total_compressed_size) };
}

function rangesOf({ metadata }: File, group: number, columns: readonly Column[]): readonly Range[] {
  return columns.flatMap(({ name }) => chunksOf(metadata, group, name).map(rangeOf));
}

function windowsOf(
  file: File,
  groups: readonly number[],
  columns: readonly Column[],
): readonly (readonly number[])[] {
  const windows: number[][] = [];
  const { window = WINDOW } = file.source;
  let room = 0;
  for (const group of groups) {
    const size = rangesOf(file, group, columns).reduce((sum, { start, end }) => sum + end - start, 0);
    if (size > room) {
      windows.push([]);
      room = window;
    }
    windows.at(-1)?.push(group);
    room -= size;
  }
  return windows;
}

function read(
  file: File,
  groups: readonly number[],
  columns: readonly Column[],
  memory: Memory,
  signal: AbortSignal | undefined,
): Promise<Pieces> {
  return readRanges(
    file.source,
    groups.flatMap((group) => rangesOf(file, group, columns)),
    signal,
    memory,
  );
}

/** Decodes row groups one after another; the dictionaries of text grow from one to the next. */
class Decoder {
  readonly #file: File;
  readonly #columns: readonly Column[];
  readonly #dictionaries: ReadonlyMap<Column, Dictionary>;
  readonly #memory: Memory;
  readonly #scratch = new Scratch();

  /** @param memory of the values */
  constructor(file: File, columns: readonly Column[], memory: Memory) {
    this.#file = file;
    this.#memory = memory;
    this.#columns = columns;
    this.#dictionaries = new Map(
      columns
        .filter(({ isDictionary }) => isDictionary)
        .map((column) => [column, new Dictionary(file.arrow)]),
    );
  }

  async decode(group: number, pieces: Pieces): Promise<RecordBatch> {
    const { arrow, metadata } = this.#file;
    const length = Number(metadata.row_groups[group]?.num_rows);
    const children: Data[] = [];
    for (const column of this.#columns) children.push(await this.#column(column, group, length, pieces));
    const schema = new arrow.Schema(this.#columns.map(({ node }) => node.field));
    const data = arrow.makeData({ type: new arrow.Struct(schema.fields), length, nullCount: 0, children });
    return new arrow.RecordBatch(schema, data);
  }

  async #column(column: Column, group: number, rows: number, pieces: Pieces): Promise<Data> {
    const { source, metadata } = this.#file;
    const { name } = source;
    const what = `column '${column.name}' of row group ${group}`;
    const chunks = chunksOf(metadata, group, column.name);
    const bytes = chunks.map((chunk) => pieces.get(rangeOf(chunk)));
    const [chunk] = chunks;
    if (chunk === undefined || bytes.includes(undefined))
      throw malformed(name, `${what} is not there: the file is cut off`);
    const codecs = new Map<string, Decode>();
    for (const { codec } of chunks) codecs.set(codec, await loadCodec(name, codec));
    try {
      const unpack = codecs.get(chunk.codec)!;
      const flat = column.isFlat ? this.#flat(column, bytes[0]!, rows, unpack) : undefined;
      return flat ?? (await this.#other(column, group, pieces, codecs));
    } catch (cause) {
      if (cause instanceof PartitionError) throw cause;
      throw malformed(name, `${what} cannot be read: ${messageOf(cause)}`, cause);
    }
  }

  /** A column of single values; undefined, when it is in an encoding that is not read so. */
  #flat(column: Column, bytes: Uint8Array, rows: number, unpack: Decode): Data | undefined {
    const { node } = column;
    if (node.kind !== 'leaf') return undefined;
    const { leaf, field } = node;
    const chunk = { bytes, rows, unpack, nullable: field.nullable, scratch: this.#scratch };
    const dictionary = this.#dictionaries.get(column);
    if (dictionary !== undefined) {
      const sink = new DictionarySink(rows, this.#memory, dictionary);
      const nulls = readChunk(chunk, sink);
      return (
        nulls && this.#made(column, rows, nulls, { data: sink.indicesOfRows, dictionary: dictionary.vector })
      );
    }
    const sink =
      leaf.width === 0
        ? new BytesSink(rows, this.#memory)
        : leaf.type.typeId === TypeId.Bool
          ? new BooleanSink(rows, this.#memory)
          : new FixedSink(rows, this.#memory, leaf.width);
    const nulls = readChunk(chunk, sink);
    if (nulls === undefined) return undefined;
    const { stored } = sink;
    return this.#made(column, rows, nulls, { data: leaf.values(stored), valueOffsets: stored.offsets });
  }

  async #other(
    column: Column,
    group: number,
    pieces: Pieces,
    codecs: ReadonlyMap<string, Decode>,
  ): Promise<Data> {
    const { arrow, hyparquet, metadata } = this.#file;
    const bytesOf = (start: number, end: number): ArrayBuffer => {
      const bytes = pieces.get({ start, end });
      if (bytes === undefined) throw new Error(`bytes ${start} to ${end} are of another column`);
      return new Uint8Array(bytes).buffer;
    };
    const values = await readValues(
      hyparquet,
      metadata,
      group,
      column.name,
      Object.fromEntries([...codecs].map(([codec, unpack]) => [codec, kept(unpack)])),
      bytesOf,
    );
    const dictionary = this.#dictionaries.get(column);
    if (dictionary === undefined) return dataOf(arrow, column.node, values);
    const texts = values as ArrayLike<Uint8Array | null | undefined>;
    const data = Int32Array.from(texts, (text) => (text ? dictionary.indexOf(text) : 0));
    return this.#made(column, values.length, nullsOf(values), { data, dictionary: dictionary.vector });
  }

  #made({ node }: Column, length: number, nulls: object, parts: object): Data {
    return this.#file.arrow.makeData({ type: node.field.type, length, ...nulls, ...parts } as never) as Data;
  }
}

/** In memory of its own, for a library that may keep it. */
function kept(unpack: Decode): Decode {
  return (packed, length) => new Uint8Array(unpack(packed, length));
}
