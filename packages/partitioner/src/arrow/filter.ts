import type { RecordBatch } from 'apache-arrow';
import type { Where } from '../parquet/where.ts';
import { selected } from './columns.ts';
import type { Arrow } from './load.ts';
import { taken } from './take.ts';
import { testOf } from './test.ts';

/** The rows that match, of these columns. */
export function filtered(
  arrow: Arrow,
  name: string,
  batch: RecordBatch,
  where: Where,
  columns: readonly string[],
): RecordBatch {
  if (where.length === 0) return batch;
  const rows = matching(arrow, name, batch, where);
  const rest = selected(batch, columns);
  return rows.length === batch.numRows ? rest : taken(arrow, rest, rows);
}

/** Condition by condition: each looks at what those before it have left. */
function matching(arrow: Arrow, name: string, batch: RecordBatch, where: Where): Uint32Array {
  let rows = Uint32Array.from({ length: batch.numRows }, (_, row) => row);
  for (const condition of where) {
    const at = batch.schema.fields.findIndex((field) => field.name === condition[0]);
    const test = testOf(arrow, name, batch.data.children[at]!, condition);
    let count = 0;
    for (const row of rows) if (test(row)) rows[count++] = row;
    rows = rows.subarray(0, count);
  }
  return rows;
}
