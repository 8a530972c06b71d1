import { beforeAll, describe, expect, test } from 'vitest';
import { format } from '../../src/format/parquet.ts';
import { checkWhere, type Where } from '../../src/parquet/where.ts';
import { Duck } from '../support/duckdb.ts';
import { cutOf, readersOf, recordsOf, tablesOf } from '../support/parts.ts';

let duck: Duck;

beforeAll(async () => {
  duck = await Duck.open();
  await duck.run(`create table t as select i, (i / 10)::double as f, i::int as n, (i / 4)::decimal(9, 2) as price,
    if(i % 5 = 0, null, 'w' || (i % 50)) as word, 'own ' || i as own, i % 2 = 0 as even, i::ubigint as u,
    date '2020-01-01' + (i // 100)::int as day, timestamp '2020-01-01' + to_seconds(i) as moment,
    if(i < 3000, null, i) as late, [i] as list, {'a': i} as struct, -i as negative from range(10000) r(i)`);
  await duck.run(`copy t to '${duck.path('t.parquet')}' (row_group_size 2048)`);
});

const SAME: readonly (readonly [Where, string])[] = [
  [[['i', '=', 4242]], 'i = 4242'],
  [[['i', '>', 2047.5]], 'i > 2047.5'],
  [[['i', 'between', [2047, 2048]]], 'i between 2047 and 2048'],
  [[['i', 'in', [1, 9999, 20000]]], 'i in (1, 9999, 20000)'],
  [
    [
      ['i', '>=', 4000n],
      ['i', '<', 4100],
      ['even', '=', true],
    ],
    'i >= 4000 and i < 4100 and even',
  ],
  [[['negative', '<=', -9990]], 'negative <= -9990'],
  [[['u', '>', 9990]], 'u > 9990'],
  [[['f', '<', 0.35]], 'f < 0.35'],
  [[['n', '!=', 5]], 'n != 5'],
  [[['price', '=', '25.50']], 'price = 25.50'],
  [[['price', '>', 2499.25]], 'price > 2499.25'],
  [[['word', '=', 'w13']], "word = 'w13'"],
  [[['word', '=', null]], 'word is null'],
  [
    [
      ['word', '!=', null],
      ['i', '<', 10],
    ],
    'word is not null and i < 10',
  ],
  [[['word', '!=', 'w13']], "word != 'w13'"],
  [[['own', '>=', 'own 9998']], "own >= 'own 9998'"],
  [[['day', '=', '2020-02-01']], "day = date '2020-02-01'"],
  [[['moment', '<', new Date('2020-01-01T00:00:10Z')]], "moment < timestamp '2020-01-01 00:00:10'"],
  [[['late', '>', 9000]], 'late > 9000'],
  [[['i', '>', 10000]], 'i > 10000'],
];

describe('the rows are those that DuckDB finds', () => {
  test.for(SAME)('$1', async ([given, sql]) => {
    const where = checkWhere(given);
    const expected = (await duck.rows(`select i from t where ${sql} order by i`)).map(({ i }) => i);
    const readers = await readersOf(
      format,
      duck.source('t.parquet'),
      { parts: 3 },
      { columns: ['i'], where },
    );
    expect((await recordsOf(readers)).map(({ i }) => i)).toEqual(expected);
    const counts = await Promise.all(readers.map((reader) => reader.count()));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(expected.length);
    const rows = (await tablesOf(readers)).flatMap((table) => [...(table.getChild('i') ?? [])]);
    expect(rows).toEqual(expected);
  });

  test('with all other columns, nested ones too', async () => {
    const where = checkWhere([['i', 'between', [2040, 2050]]]);
    const records = await recordsOf(
      await readersOf(format, duck.source('t.parquet'), { parts: 1 }, { where }),
    );
    const expected = await duck.rows('select word, even, list, struct from t where i between 2040 and 2050');
    expect(records.map(({ word, even, list, struct }) => ({ word, even, list, struct }))).toEqual(expected);
  });
});

describe('row groups that cannot match', () => {
  test('are no part, and the plan says so', async () => {
    const where = checkWhere([['i', '>', 9000]]);
    const source = duck.source('t.parquet');
    const cuts = await cutOf(format, source, { bytes: 1 }, { where });
    expect(cuts).toMatchObject([
      { detail: { groups: [4] }, note: '4 of 5 row groups left out: none of their rows can match i > 9000' },
    ]);
    const before = source.bytesRead;
    await recordsOf([format.open(source, cuts[0]!, { where })]);
    const groups = cuts.reduce((sum, { start, end }) => sum + end - start, 0);
    expect(source.bytesRead - before).toBeLessThanOrEqual(groups);
  });

  test('are told by statistics that are there, and have no NaN', async () => {
    await duck.run(`copy (select if(i = 4000, 'nan'::double, 5) as x, 5 as n from range(4096) r(i) order by i)
      to '${duck.path('nan.parquet')}' (row_group_size 2048)`);
    const groups = async (given: Where): Promise<unknown> => {
      const cuts = await cutOf(
        format,
        duck.source('nan.parquet'),
        { bytes: 1 },
        { where: checkWhere(given) },
      );
      return cuts.map(({ detail }) => (detail as { readonly groups: unknown }).groups);
    };
    expect(await groups([['x', '>', 9]])).toEqual([[1]]); // whose writer gave none of a column with a NaN
    expect(await groups([['n', '!=', 5]])).toEqual([[]]);
    expect(await groups([['x', '!=', 5]])).toEqual([[0], [1]]); // where another writer's would leave it out
  });

  test('where none can, there is one part without records', async () => {
    const where = checkWhere([['moment', '<', '1999-01-01']]);
    const readers = await readersOf(format, duck.source('t.parquet'), { parts: 4 }, { where });
    expect(readers).toHaveLength(1);
    expect(await recordsOf(readers)).toEqual([]);
    expect((await tablesOf(readers))[0]!.schema.names).toContain('struct');
  });
});

describe('what cannot be asked', () => {
  test.for([
    [[['word', '>', 5]], /word > 5: the column is Utf8/],
    [[['i', '=', 'many']], /i = 'many': the column is Int64/],
    [[['list', '=', 5]], /the column is List/],
    [[['nothing', '=', 5]], /the column 'nothing' is not known/],
  ] as const)('$1', async ([where, message]) => {
    const reading = async (): Promise<unknown> =>
      recordsOf(
        await readersOf(format, duck.source('t.parquet'), { parts: 1 }, { where: checkWhere(where) }),
      );
    await expect(reading()).rejects.toMatchObject({
      code: 'bad-argument',
      message: expect.stringMatching(message),
    });
  });

  test.for([
    ['i > 5', /a list of conditions/],
    [[['i', '~', 5]], /the operator of where\[0\] must be one of =/],
    [[['i', 'between', 5]], /between two values/],
    [[['i', '=', Number.NaN]], /compared with text, a number/],
    [[['i', 5]], /where\[0\] must be a condition/],
  ] as const)('$1', ([where, message]) => {
    expect(() => checkWhere(where)).toThrow(message);
  });
});
