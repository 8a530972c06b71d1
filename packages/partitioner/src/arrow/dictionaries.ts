import type { Data, RecordBatch, Vector } from 'apache-arrow';
import type { Arrow } from './load.ts';

/**
 * Where a dictionary has grown from batch to batch, all get the last, so that an index stands for one value in all of the
 * table. One that was replaced, as streams may do, stays what it was.
 */
export function shareDictionaries(arrow: Arrow, batches: readonly RecordBatch[]): readonly RecordBatch[] {
  const last = batches.at(-1);
  if (last === undefined) return batches;
  return batches.map((batch) => {
    const children = batch.data.children.map((column, at) =>
      shared(arrow, column, last.data.children[at]?.dictionary),
    );
    if (children.every((column, at) => column === batch.data.children[at])) return batch;
    const type = new arrow.Struct(batch.schema.fields);
    const data = arrow.makeData({ type, length: batch.numRows, nullCount: 0, children });
    return new arrow.RecordBatch(batch.schema, data, batch.metadata);
  });
}

function shared(arrow: Arrow, column: Data, last: Vector | undefined): Data {
  const { type, offset, length, nullCount, nullBitmap, values, dictionary } = column;
  if (last === undefined || dictionary === undefined || dictionary === last) return column;
  const isPart = dictionary.length === 0 || dictionary.data.every((chunk, at) => chunk === last.data[at]);
  if (!isPart) return column;
  const nulls = nullCount === 0 ? { nullCount } : { nullCount, nullBitmap };
  return arrow.makeData({ type, offset, length, ...nulls, data: values, dictionary: last } as never) as Data;
}
