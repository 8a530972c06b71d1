/** Makes what contestants share: make.ts <DataSet as JSON> <path>. Prints the path when it is whole. */
import { writeFile } from 'node:fs/promises';
import { writeArrow } from './arrow.ts';
import { csvPieces } from './csv.ts';
import type { DataSet } from './data-set.ts';
import { writeFolder } from './folder.ts';
import { writeParquet } from './parquet.ts';

const [spec = '', path = ''] = process.argv.slice(2);
const { format, rows } = JSON.parse(spec) as DataSet;

switch (format) {
  case 'csv':
    await writeFile(path, csvPieces(rows));
    break;
  case 'parquet':
    await writeParquet(path, rows);
    break;
  case 'arrow':
    await writeArrow(path, rows);
    break;
  case 'folder':
    await writeFolder(path, rows);
    break;
}
console.log(path);
