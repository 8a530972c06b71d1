import * as arrow from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import { recordsOf } from '../src/arrow/values.ts';
import type { ColumnType } from '../src/options.ts';
import { tableOfRecords, tableOfRows } from '../src/to-arrow.ts';

async function* batchesOf<T>(...batches: readonly (readonly T[])[]): AsyncGenerator<readonly T[]> {
  yield* batches;
}

const records = (...batches: readonly (readonly unknown[])[]): Promise<arrow.Table> =>
  tableOfRecords(batchesOf(...batches), { name: 'some.jsonl' });

/** As other implementations of Arrow read it, too. */
function values(table: arrow.Table): Record<string, unknown>[] {
  const { batches } = arrow.tableFromIPC(arrow.tableToIPC(table));
  return batches.flatMap((batch) => recordsOf(batch, 0, batch.numRows));
}

describe('records', () => {
  test('all kinds of values, with nulls and members that are missing', async () => {
    const given = [
      { n: 1, flag: true, text: 'a', big: 2n ** 60n, list: [1, null], sub: { x: 'ä', y: [{ z: 1 }] } },
      { n: -0.5, flag: false, text: '', big: null, list: [], sub: null },
      { n: null, text: '😀é', big: -5n, list: null, sub: { x: null, y: [] }, late: 'only here' },
    ];
    const table = await records(given.slice(0, 2), [], given.slice(2));
    expect(table.schema.fields.map(({ name, type }) => `${name}: ${String(type)}`)).toEqual([
      'n: Float64',
      'flag: Bool',
      'text: Utf8',
      'big: Int64',
      'list: List<Float64>',
      'sub: Struct<{x:Utf8, y:List<Struct<{z:Float64}>>}>',
      'late: Utf8',
    ]);
    expect(values(table)).toEqual([
      { ...given[0], late: null },
      { ...given[1], late: null },
      { ...given[2], flag: null },
    ]);
  });

  test('numbers are of one type, whole or not: tables of parts fit', async () => {
    const [whole, other] = await Promise.all([records([{ n: 1 }]), records([{ n: 1.5 }])]);
    expect(new arrow.Table([...whole.batches, ...other.batches]).getChild('n')!.toArray()).toEqual(
      Float64Array.of(1, 1.5),
    );
  });

  test('values of different kinds are their JSON', async () => {
    const table = await records([{ v: 1 }, { v: 'one' }, { v: { a: [1] } }, { v: null }]);
    expect(values(table)).toEqual([{ v: '1' }, { v: 'one' }, { v: '{"a":[1]}' }, { v: null }]);
  });

  test('only the columns wanted, in their order', async () => {
    const options = { name: 'x', columns: ['b', 'none', 'a'] };
    const table = await tableOfRecords(batchesOf([{ a: 1, b: 2, c: 3 }]), options);
    expect(table.schema.names).toEqual(options.columns);
    expect(values(table)).toEqual([{ b: 2, none: null, a: 1 }]);
  });

  test('types that are given', async () => {
    const types: Record<string, ColumnType> = { id: 'bigint', day: 'date', code: 'string', n: 'number' };
    const rows = [
      { id: 1, day: '1969-12-31T23:59:59.999Z', code: 7, n: 1n },
      { day: '2262-01-01', code: null, n: 2.5 },
    ];
    const table = await tableOfRecords(batchesOf(rows), { name: 'x', types });
    expect(values(table)).toEqual([
      { id: 1n, day: new Date(-1), code: '7', n: 1 },
      { id: null, day: new Date('2262-01-01'), code: null, n: 2.5 },
    ]);
  });

  test.for([
    ['number', 'x', /^some.jsonl: column 'v': expected a number in row 1 of the part, not "x"/],
    ['bigint', 1.5, /expected an integer of 64 bits in row 1/],
    ['bigint', 2n ** 63n, /expected an integer of 64 bits/],
    ['boolean', 'yes', /expected true or false/],
    ['date', 'soon', /expected a date in row 1/],
  ] as const)('a value that is no %s is named', async ([type, value, message]) => {
    const reading = tableOfRecords(batchesOf([{ v: null }, { v: value }]), {
      name: 'some.jsonl',
      types: { v: type },
    });
    await expect(reading).rejects.toMatchObject({
      code: 'malformed',
      object: 'some.jsonl',
      message: expect.stringMatching(message),
    });
  });

  test('what is no record is named', async () => {
    await expect(records([{ a: 1 }], [[1]])).rejects.toMatchObject({
      code: 'unsupported',
      message: 'some.jsonl: a table is made of objects, but record 1 of the part is a list',
    });
  });

  test('none at all, and columns called like members of objects', async () => {
    expect((await records()).numRows).toBe(0);
    const table = await records([JSON.parse('{"__proto__": 1, "constructor": 2, "toString": 3}') as unknown]);
    expect(table.schema.names).toEqual(['__proto__', 'constructor', 'toString']);
    expect(Object.entries(values(table)[0]!)).toEqual([
      ['__proto__', 1],
      ['constructor', 2],
      ['toString', 3],
    ]);
  });
});

describe('rows', () => {
  test('cells by column; rows that are too short have null', async () => {
    const table = await tableOfRows(
      [{ name: 'a' }, { name: 'b' }],
      batchesOf([['1', 'x'], ['2']], [['3', '']]),
      'x',
    );
    expect(values(table)).toEqual([
      { a: '1', b: 'x' },
      { a: '2', b: null },
      { a: '3', b: '' },
    ]);
  });

  test('long columns of text', async () => {
    const texts = Array.from({ length: 20_000 }, (_, at) =>
      at % 11 === 0 ? null : at % 7 === 0 ? `ü${at}` : `t${at}`,
    );
    const table = await tableOfRows([{ name: 't' }], batchesOf(texts.map((text) => [text])), 'x');
    expect([...table.getChild('t')!]).toEqual(texts);
    expect(table.getChild('t')!.nullCount).toBe(texts.filter((text) => text === null).length);
  });

  test('halves of a character in neighbouring cells stay apart', async () => {
    const table = await tableOfRows([{ name: 't' }], batchesOf([['\ud83d'], ['\ude00'], ['z']]), 'x');
    expect([...table.getChild('t')!]).toEqual(['\ufffd', '\ufffd', 'z']);
  });
});
