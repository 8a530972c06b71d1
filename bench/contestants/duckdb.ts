/** DuckDB in this process, with two threads. */

import { DuckDBInstance } from '@duckdb/node-api';
import { dataPath } from '../data/data-set.ts';
import { serve, timed } from './serve.ts';

const duck = await (await DuckDBInstance.create(':memory:', { threads: '2' })).connect();

await serve(
  {
    count: ({ format, records }) =>
      timed(
        () => ask(`SELECT count(*)::DOUBLE FROM ${format === 'csv' ? csv() : lines()}`),
        (count) => count / records,
      ),
    sum: ({ rows }) =>
      timed(
        () => ask(`SELECT sum(amount) FROM read_parquet('${dataPath()}')`),
        (total) => total / rows,
      ),
  },
  async () => duck.closeSync(),
);

async function ask(sql: string): Promise<number> {
  const [row] = (await duck.runAndReadAll(sql)).getRowsJS();
  return Number(row?.[0]);
}

function csv(): string {
  return `read_csv('${dataPath()}', header = true)`;
}

/** A table of one column, by a separator that no line has. */
function lines(): string {
  return `read_csv('${dataPath()}', columns = { line: 'VARCHAR' }, header = false, auto_detect = false, delim = '\\x01', quote = '', escape = '')`;
}
