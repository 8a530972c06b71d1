/**
 * Parquet, cut between its row groups. A part reads of its own the columns wanted, and nothing of row groups whose
 * statistics say that no row of them can match.
 */
import type { RecordBatch, Schema } from 'apache-arrow';
import { ColumnarReader, type Needed } from '../arrow/columnar-reader.ts';
import { columnsOf } from '../arrow/columns.ts';
import { loadArrow } from '../arrow/load.ts';
import { PartitionError } from '../errors.ts';
import type { ReadOptions } from '../options.ts';
import { loadHyparquet, readFooter } from '../parquet/footer.ts';
import { type File, rangeOf, readRowGroups } from '../parquet/row-groups.ts';
import { schemaOf } from '../parquet/schema.ts';
import { mayMatch } from '../parquet/statistics.ts';
import { shownCondition } from '../parquet/where.ts';
import type { ByteSource } from '../source/byte-source.ts';
import { oncePerVersion } from '../source/once.ts';
import { wholeCut } from './cuts.ts';
import type { Cut, Format, Target } from './format.ts';
import { groupBySize } from './groups.ts';

interface Detail {
  /** The numbers of the row groups that a part has. */
  readonly groups: readonly number[];
}

export const format: Format<ReadOptions> = {
  name: 'parquet',
  async cut(source, target, options, signal) {
    if (source.size === 0) return [wholeCut(source)];
    const file = await fileOf(source, signal);
    const names = file.columns.map(({ name }) => name);
    columnsOf(source.name, names, options);
    return cutsOf(file, target, options);
  },
  open: (source, cut, options) => new ParquetReader(source, cut, options),
};

async function fileOf(source: ByteSource, signal: AbortSignal | undefined): Promise<File> {
  const { name, size } = source;
  if (size === undefined) {
    const message = `${name}: Parquet is read from its end, and the server gives neither a length nor ranges: copy it first`;
    throw new PartitionError('unsupported', message, { object: name });
  }
  const [arrow, hyparquet] = await Promise.all([loadArrow(), loadHyparquet()]);
  const file = await oncePerVersion(source, 'parquet', async () => {
    const metadata = await readFooter(source, size, signal);
    return { metadata, ...schemaOf(arrow, hyparquet, metadata) };
  });
  return { ...file, source, arrow, hyparquet };
}

function cutsOf(file: File, target: Target, { where = [] }: ReadOptions): readonly Cut[] {
  const { source, metadata, columns } = file;
  const all = metadata.row_groups.map((_, group) => group);
  const kept = all.filter((group) => mayMatch(source.name, metadata, group, columns, where));
  const left = all.length - kept.length;
  const conditions = where.map(shownCondition).join(', ');
  const note = `${left} of ${all.length} row groups left out: none of their rows can match ${conditions}`;
  const sizes = kept.map((group) => compressedSize(file, group));
  const starts = groupBySize(sizes, target);
  return starts.slice(1).map((to, part): Cut => {
    const groups = kept.slice(starts[part], to);
    const [first = 0] = groups;
    const rows = groups.reduce((sum, group) => sum + Number(metadata.row_groups[group]?.num_rows), 0);
    return {
      start: first === 0 ? 0 : beginOf(file, first),
      end: groups.length === 0 ? 0 : beginOf(file, (groups.at(-1) ?? 0) + 1),
      ...(where.length === 0 && { rows }),
      detail: { groups },
      ...(part === 0 && left > 0 && { note }),
    };
  });
}

function compressedSize({ metadata }: File, group: number): number {
  const chunks = metadata.row_groups[group]?.columns ?? [];
  return chunks.reduce((sum, { meta_data: chunk }) => sum + Number(chunk?.total_compressed_size ?? 0), 0);
}

/** Where a row group begins; behind the last the footer and the end of the file belong to it. */
function beginOf({ source, metadata }: File, group: number): number {
  const chunks = metadata.row_groups[group]?.columns ?? [];
  const starts = chunks.flatMap(({ meta_data: chunk }) =>
    chunk === undefined ? [] : [rangeOf(chunk).start],
  );
  return starts.length === 0 ? (source.size ?? 0) : Math.min(...starts);
}

class ParquetReader extends ColumnarReader {
  protected override readonly format = 'Parquet';

  protected override async schema(signal: AbortSignal | undefined): Promise<Schema> {
    return (await fileOf(this.source, signal)).schema;
  }

  protected override async *read(
    columns: readonly string[],
    needed: Needed,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<RecordBatch> {
    const file = await fileOf(this.source, signal);
    yield* readRowGroups(file, this.#groups(file), columns, needed === 'passing', signal);
  }

  protected override async total(signal: AbortSignal | undefined): Promise<number> {
    const file = await fileOf(this.source, signal);
    return this.#groups(file).reduce(
      (sum, group) => sum + Number(file.metadata.row_groups[group]?.num_rows),
      0,
    );
  }

  #groups({ metadata }: File): readonly number[] {
    const detail = this.cut.detail as unknown as Detail | undefined;
    return detail?.groups ?? metadata.row_groups.map((_, group) => group);
  }
}
