import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { format, tsv } from '../../src/format/csv.ts';
import { Duck } from '../support/duckdb.ts';
import { MemorySource } from '../support/memory-source.ts';
import { joined, partsOf } from '../support/opened.ts';
import { vegaFile } from '../support/vega.ts';

const duck = await Duck.open();

describe.each([
  'airports.csv',
  'github.csv',
  'la-riots.csv',
  'species.csv',
  'us-employment.csv',
  'unemployment.tsv',
])('%s', (name) => {
  const isTsv = name.endsWith('.tsv');
  const source = new MemorySource(readFileSync(vegaFile(name)), { name });

  it.each([1, 2, 60])('in %i parts has the records that DuckDB finds', async (parts) => {
    const readers = await partsOf(isTsv ? tsv : format, source, { parts }, {});
    const records = await joined(readers, (reader) => reader.records());
    const expected = await duck.rows(
      `SELECT * FROM read_csv('${vegaFile(name)}', all_varchar = true, header = true, delim = '${isTsv ? '\t' : ','}', quote = '"', escape = '"')`,
    );
    // DuckDB has null for an empty cell.
    expect(records.map((record) => Object.values(record as object).map((cell) => cell || null))).toEqual(
      expected.map((row) => Object.values(row)),
    );
    const counts = await Promise.all(readers.map((reader) => reader.count()));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(expected.length);
  });
});
