/** Generated rows: the same bytes in every run. */
export interface DataSet {
  /** A folder has a file for each row; all else is one file. */
  readonly format: 'csv' | 'parquet' | 'arrow' | 'folder';
  /** Of CSV a multiple of `BLOCK_ROWS` in csv.ts, of columns one of `CYCLE` in columns.ts. */
  readonly rows: number;
}

/** Where the data are that this contestant shares. */
export function dataPath(): string {
  const path = process.env['SKEIN_BENCH_DATA'];
  if (path === undefined)
    throw new Error('SKEIN_BENCH_DATA should be the path of the data that contestants share');
  return path;
}
