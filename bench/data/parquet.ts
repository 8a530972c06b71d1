import { DuckDBInstance } from '@duckdb/node-api';
import { CYCLE, GROUP, MULTIPLIER, WORDS } from './columns.ts';

/** As DuckDB writes it unless told otherwise, Snappy and all; in row groups of {@link GROUP}. */
export async function writeParquet(path: string, rows: number): Promise<void> {
  const duck = await (await DuckDBInstance.create(':memory:')).connect();
  await duck.run(
    `COPY (
       SELECT range AS id, range * ${MULTIPLIER} % ${CYCLE} / 4 AS amount, 'word ' || range % ${WORDS} AS word
       FROM range(${rows})
     ) TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE ${GROUP})`,
  );
  duck.closeSync();
}
