/**
 * Arrow IPC: files (also called Feather of version 2), cut between the record batches that their footer tells, and streams,
 * whose messages tell where the next one is. A part reads its own batches, and the dictionaries that its columns need.
 */
import type { RecordBatch, Schema } from 'apache-arrow';
import { countRows, type Reading, readBatches } from '../arrow/batches.ts';
import { ColumnarReader, type Needed } from '../arrow/columnar-reader.ts';
import { columnsOf, namesOf } from '../arrow/columns.ts';
import { type Layout, messagesOf, type Placed, readLayout } from '../arrow/layout.ts';
import { readSchema } from '../arrow/stream.ts';
import type { ReadOptions } from '../options.ts';
import type { ByteSource } from '../source/byte-source.ts';
import { hold } from '../source/held.ts';
import { oncePerVersion } from '../source/once.ts';
import { wholeCut } from './cuts.ts';
import type { Cut, Format, Target } from './format.ts';
import { groupBySize } from './groups.ts';

/** Which batches a part has: the first, and the one behind the last. */
interface OfFile {
  readonly batches: readonly [from: number, to: number];
}

/** What a footer would tell: the length of the schema's message, which is the first, and where the part's messages lie. */
interface OfStream {
  readonly schema: number;
  readonly messages: readonly (readonly [isBatch: 0 | 1, offset: number, metadata: number, body: number])[];
}

type Detail = OfFile | OfStream;

export const format: Format<ReadOptions> = {
  name: 'arrow',
  async cut(source, target, options, signal) {
    const { size } = source;
    if (size === undefined) return [wholeCut(source, 'one part: its server tells no length')];
    if (size === 0) return [wholeCut(source)];
    const layout = await layoutOfSource(source, size, signal);
    columnsOf(source.name, namesOf(layout.schema), options);
    return cutsOf(layout, size, target);
  },
  open: (source, cut, options) => new ArrowReader(source, cut, options),
};

function layoutOfSource(source: ByteSource, size: number, signal: AbortSignal | undefined): Promise<Layout> {
  return oncePerVersion(source, 'arrow', () => readLayout(source, size, signal));
}

function cutsOf(layout: Layout, size: number, target: Target): readonly Cut[] {
  const batches = layout.messages.filter(({ kind }) => kind === 'batch');
  const starts = groupBySize(
    batches.map(({ metadata, body }) => metadata + body),
    target,
  );
  return starts.slice(1).map((to, part): Cut => {
    const from = starts[part] ?? 0;
    const start = part === 0 ? 0 : (batches[from]?.offset ?? 0);
    return { start, end: batches[to]?.offset ?? size, detail: { ...detailOf(layout, from, to) } };
  });
}

function detailOf(layout: Layout, from: number, to: number): Detail {
  if (layout.kind === 'file') return { batches: [from, to] };
  const messages = messagesOf(layout.messages, from, to).map(({ kind, offset, metadata, body }) => {
    return [kind === 'batch' ? 1 : 0, offset, metadata, body] as const;
  });
  return { schema: layout.schemaLength, messages };
}

function placed([isBatch, offset, metadata, body]: OfStream['messages'][number]): Placed {
  return { kind: isBatch ? 'batch' : 'dictionary', offset, metadata, body };
}

class ArrowReader extends ColumnarReader {
  protected override readonly format = 'Arrow';
  #held: ReturnType<typeof hold> | undefined;

  protected override async schema(signal: AbortSignal | undefined): Promise<Schema> {
    return (await this.#reading([], signal)).schema;
  }

  protected override async *read(
    columns: readonly string[],
    needed: Needed,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<RecordBatch> {
    yield* readBatches(await this.#reading(columns, signal), needed);
  }

  protected override async total(signal: AbortSignal | undefined): Promise<number> {
    return countRows(await this.#reading([], signal));
  }

  async #reading(columns: readonly string[], signal: AbortSignal | undefined): Promise<Reading> {
    const { source } = this;
    const detail = this.cut.detail as Detail | undefined;
    if (detail === undefined || source.size === undefined) {
      // Held, for what is read next of the part: the server gives all or nothing.
      this.#held ??= hold(source, signal);
      const held = await this.#held;
      const layout = await layoutOfSource(held, held.size, signal);
      return { source: held, ...layout, columns, signal };
    }
    if ('schema' in detail) {
      const schema = await oncePerVersion(source, 'schema', () => readSchema(source, detail.schema, signal));
      return { source, schema, messages: detail.messages.map(placed), columns, signal };
    }
    const { schema, messages } = await layoutOfSource(source, source.size, signal);
    return { source, schema, messages: messagesOf(messages, ...detail.batches), columns, signal };
  }
}
