import { readFileSync } from 'node:fs';
import * as arrow from 'apache-arrow';
import { beforeAll, describe, expect, test } from 'vitest';
import { format } from '../../src/format/parquet.ts';
import { Duck } from '../support/duckdb.ts';
import { MemorySource } from '../support/memory-source.ts';
import { cutOf, readersOf, recordsOf, tablesOf } from '../support/parts.ts';
import { vegaFile } from '../support/vega.ts';

const FLIGHTS = vegaFile('flights-3m.parquet');

let duck: Duck;
const bytes = readFileSync(FLIGHTS);
const flights = (): MemorySource => new MemorySource(bytes, { name: 'flights-3m.parquet' });

beforeAll(async () => {
  duck = await Duck.open();
});

describe('three million flights, in parts', () => {
  test('sums and counts of the parts are those that DuckDB finds in the whole', async () => {
    const [expected] = await duck.rows(
      `select sum(distance)::bigint as distance, count(distinct origin) as origins, min(date) as first from '${FLIGHTS}'`,
    );
    const readers = await readersOf(
      format,
      flights(),
      { parts: 4 },
      { columns: ['date', 'distance', 'origin'] },
    );
    expect(readers).toHaveLength(4);
    let distance = 0n;
    let rows = 0;
    const origins = new Set<unknown>();
    let first = Number.POSITIVE_INFINITY;
    for (const table of await tablesOf(readers)) {
      rows += table.numRows;
      for (const { values } of table.getChild('distance')!.data)
        for (const value of values as BigInt64Array) distance += value;
      // One dictionary for all row groups of a part.
      const origin = table.getChild('origin')!;
      for (const text of origin.data[0]!.dictionary!) origins.add(text);
      first = Math.min(first, table.getChild('date')!.get(0) as number);
    }
    expect({ distance, origins: BigInt(origins.size), first: new Date(first) }).toEqual(expected);
    expect(rows).toBe(3_000_000);
  });

  test('a table is written as Arrow, with one dictionary for each column of text', async () => {
    const [reader] = await readersOf(format, flights(), { parts: 4 }, { columns: ['origin', 'delay'] });
    const table = await reader!.arrow();
    const copy = arrow.tableFromIPC(arrow.tableToIPC(table, 'file'));
    expect(new Set(table.getChild('origin')!.data.map(({ dictionary }) => dictionary)).size).toBe(1);
    expect(copy.numRows).toBe(table.numRows);
    for (let row = 0; row < table.numRows; row += 9973)
      expect(copy.get(row)!.toJSON()).toEqual(table.get(row)!.toJSON());
  });

  test('a part reads the footer and the columns wanted of its own row groups', async () => {
    const [, cut] = await cutOf(format, flights(), { parts: 4 });
    const source = flights();
    await format.open(source, cut!, { columns: ['distance'] }).arrow();
    const [footer, ...own] = source.reads;
    expect(footer).toEqual({ start: bytes.length - 64 * 1024, end: bytes.length });
    expect(own.length).toBeGreaterThan(0);
    for (const { start, end } of own) expect([start >= cut!.start, end <= cut!.end]).toEqual([true, true]);
    const size = own.reduce((sum, { start, end }) => sum + end - start, 0);
    expect(size).toBeLessThan(0.4 * (cut!.end - cut!.start));
  });

  test('the bytes of the parts are the file', async () => {
    const readers = await readersOf(format, flights(), { bytes: 2_000_000 });
    const pieces: Uint8Array[] = [];
    for (const reader of readers) for await (const piece of reader.stream()) pieces.push(piece);
    expect(readers.length).toBeGreaterThan(6);
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
  });

  test('the footer is read once for all that is asked of a version', async () => {
    const source = Object.assign(flights(), { version: 'one' });
    const [reader] = await readersOf(format, source, { parts: 1 });
    expect(await reader!.count()).toBe(3_000_000);
    expect(await reader!.columns()).toEqual(['date', 'delay', 'distance', 'origin', 'destination']);
    expect(source.reads).toHaveLength(1);
  });
});

describe('any number of parts', () => {
  test.for([1, 2, 3, 5, 8, 100])('%i', async (parts) => {
    await duck.run(
      `copy (select i, i % 13 as k from range(20000) r(i)) to '${duck.path('many.parquet')}' (row_group_size 2048)`,
    );
    const source = duck.source('many.parquet');
    const readers = await readersOf(format, source, { parts });
    expect(readers).toHaveLength(Math.min(parts, 10));
    const records = await recordsOf(readers);
    expect(records.map(({ i }) => Number(i))).toEqual(Array.from({ length: 20000 }, (_, i) => i));
    const cuts = await cutOf(format, source, { parts });
    expect(cuts.reduce((sum, { rows = 0 }) => sum + rows, 0)).toBe(20000);
  });

  test('none is larger than the target, but one of one row group', async () => {
    for (const bytes of [1, 10_000, 20_000, 45_000, 1e9]) {
      const cuts = await cutOf(format, duck.source('many.parquet'), { bytes });
      for (const { start, end, detail } of cuts.slice(0, -1)) {
        const { groups } = detail as unknown as { groups: readonly number[] };
        expect(groups.length === 1 || end - start <= bytes + 8).toBe(true);
      }
    }
  });
});

describe('what is no Parquet', () => {
  const refused = async (content: Uint8Array, read: 'cut' | 'rows', expected: RegExp): Promise<void> => {
    const source = new MemorySource(content, { name: 'some.parquet' });
    const reading = async (): Promise<unknown> =>
      read === 'cut'
        ? format.cut(source, { parts: 1 }, {})
        : tablesOf(await readersOf(format, source, { parts: 1 })).then((tables) => tables.length);
    await expect(reading()).rejects.toMatchObject({
      code: 'malformed',
      object: 'some.parquet',
      message: expect.stringMatching(expected),
    });
  };

  test('a file that is cut off, or is another', async () => {
    await refused(bytes.subarray(0, 1_000_000), 'cut', /ends with 'PAR1'/);
    await refused(Buffer.from('a,b\n1,2\n'), 'cut', /ends with 'PAR1'/);
  });

  test('a damaged footer', async () => {
    const damaged = Buffer.from(bytes);
    damaged.writeUInt32LE(4_000_000_000, damaged.length - 8);
    await refused(damaged, 'cut', /footer would be 4000000000 bytes long/);
    damaged.fill(255, damaged.length - 5000, damaged.length - 8);
    damaged.writeUInt32LE(4000, damaged.length - 8);
    await refused(damaged, 'cut', /footer cannot be read/);
  });

  test('a damaged page names its column and row group', async () => {
    const damaged = Buffer.from(bytes);
    damaged.fill(255, 20, 60);
    await refused(damaged, 'rows', /column 'date' of row group 0 cannot be read/);
  });

  test('no bytes are no records', async () => {
    const source = new MemorySource('', { name: 'empty.parquet' });
    const [reader] = await readersOf(format, source, { parts: 3 });
    expect(await recordsOf([reader!])).toEqual([]);
    expect(await reader!.count()).toBe(0);
    expect((await reader!.arrow()).numRows).toBe(0);
  });

  test('a column that is not there', async () => {
    await expect(format.cut(flights(), { parts: 1 }, { columns: ['distanc'] })).rejects.toMatchObject({
      code: 'bad-argument',
      message: expect.stringMatching(
        /flights-3m.parquet: the column 'distanc' is not known; did you mean 'distance'/,
      ),
    });
  });
});
