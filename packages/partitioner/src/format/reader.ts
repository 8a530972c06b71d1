import type { RecordBatch, Table } from 'apache-arrow';
import { PartitionError } from '../errors.ts';
import type { ByteSource } from '../source/byte-source.ts';
import type { Cell, Cut, PartReader } from './format.ts';

/** A reader that has nothing but its bytes: what a format has besides, it adds. The rest is refused by name. */
export abstract class Reader<O> implements PartReader {
  protected readonly source: ByteSource;
  protected readonly cut: Cut;
  protected readonly options: O;
  /** The format, in errors. */
  protected abstract readonly format: string;
  /** What it has, for the errors of what it has not: 'rows(), records()'. */
  protected abstract readonly has: string;

  constructor(source: ByteSource, cut: Cut, options: O) {
    this.source = source;
    this.cut = cut;
    this.options = options;
  }

  stream(signal?: AbortSignal): AsyncIterable<Uint8Array> {
    return this.source.stream(this.cut.start, this.cut.end, signal);
  }

  lines(_signal?: AbortSignal): AsyncIterable<readonly string[]> {
    throw this.lacks('lines()');
  }

  rows(_signal?: AbortSignal): AsyncIterable<readonly (readonly Cell[])[]> {
    throw this.lacks('rows()');
  }

  records(_signal?: AbortSignal): AsyncIterable<readonly unknown[]> {
    throw this.lacks('records()');
  }

  async count(_signal?: AbortSignal): Promise<number> {
    throw this.lacks('count()');
  }

  async arrow(_signal?: AbortSignal): Promise<Table> {
    throw this.lacks('arrow()');
  }

  batches(_isPassing: boolean, _signal?: AbortSignal): AsyncIterable<RecordBatch> {
    throw this.lacks('batches()');
  }

  async columns(_signal?: AbortSignal): Promise<readonly string[]> {
    throw this.lacks('columns()');
  }

  /** Which line or record of the object it is, for errors; of the part where nobody has read what is before. */
  protected placeOf(what: string, index: number): string {
    const { source, cut } = this;
    if (source.before !== undefined) return `${what} ${index + 1} of the part`;
    return cut.start === 0 ? `${what} ${index + 1}` : `${what} ${index + 1} from byte ${cut.start} on`;
  }

  /** What the format has not, as an error. */
  protected lacks(what: string): PartitionError {
    const { name } = this.source;
    return new PartitionError('unsupported', `${name}: ${this.format} has no ${what}: use ${this.has}`, {
      object: name,
    });
  }
}
