import { beforeAll, describe, expect, test } from 'vitest';
import { format } from '../../src/format/parquet.ts';
import { Duck } from '../support/duckdb.ts';
import { readersOf, recordsOf } from '../support/parts.ts';

const COLUMNS = `
  i::int as int32, if(i % 7 = 0, null, i::bigint * 1000000007) as int64, (i * 0.5)::float as float32,
  if(i % 4 = 0, null, i / 3) as float64, if(i % 11 = 0, null, i % 3 = 0) as flag,
  (i % 200 - 100)::tinyint as int8, (i % 200)::utinyint as uint8, (i - 3000)::smallint as int16, (i * 7)::usmallint as uint16,
  (i::bigint * 800000)::uinteger as uint32, 18446744073709551615 - i::ubigint as uint64,
  if(i % 5 = 0, null, 'word ' || (i % 10)) as word, if(i % 6 = 0, null, 'own ' || i || ' ä😀') as own,
  date '1969-06-01' + i::int as day, timestamp '1969-12-31' + to_microseconds(i * 86400000000 + i * 1000) as moment,
  if(i % 2 = 0, null, timestamp_s '2020-01-01' + to_seconds(i)) as seconds,
  timestamptz '2020-01-01 00:00:00Z' + to_seconds(i) as zoned,
  ((i - 1000) / 4)::decimal(9, 2) as price, ((i - 1000) / 8)::decimal(18, 3) as cost,
  ((i - 1000)::decimal(38, 10) * 12345678901234567) as wide,
  if(i % 3 = 0, null, encode('b' || i)) as bytes, if(i = 1, null, ['red', 'green', 'blue'][i % 3 + 1])::enum('red', 'green', 'blue') as colour,
  case i % 5 when 0 then null when 1 then [] when 2 then [i, null] else [i, i + 1, i + 2] end as list,
  [[i::varchar], [], null, ['x', null]] as lists,
  if(i % 9 = 0, null, {'a': i, 'b': {'c': if(i % 2 = 0, null, 'c' || i), 'd': [i::double]}}) as struct,
  if(i % 8 = 0, null, map {'k' || i: i, 'l': null}) as map,
  [{'x': i, 'y': (i / 4)::decimal(9, 2)}] as structs`;

let duck: Duck;
let expected: readonly Readonly<Record<string, unknown>>[];

beforeAll(async () => {
  duck = await Duck.open();
  await duck.run(`set timezone = 'UTC'`);
  await duck.run(`create table t as select ${COLUMNS} from range(2500) r(i)`);
  // DuckDB would round what is more than a double holds.
  expected = await duck.rows('select * replace (wide::varchar as wide) from t');
});

describe('every type reads as DuckDB reads it', () => {
  const settings = [
    { codec: 'snappy', version: 'v1' },
    { codec: 'gzip', version: 'v2' },
    { codec: 'zstd', version: 'v2' },
    { codec: 'brotli', version: 'v1' },
    { codec: 'lz4_raw', version: 'v2' },
    { codec: 'uncompressed', version: 'v1' },
  ];
  test.for(settings)('$codec, pages of $version', async ({ codec, version }) => {
    const name = `${codec}-${version}.parquet`;
    await duck.run(
      `copy t to '${duck.path(name)}' (format parquet, codec '${codec}', parquet_version '${version}', row_group_size 2048)`,
    );
    const readers = await readersOf(format, duck.source(name), { parts: 2 });
    expect(readers).toHaveLength(2);
    const records = await recordsOf(readers);
    expect(records).toHaveLength(expected.length);
    for (const [at, record] of records.entries()) {
      if (at % 97 === 0 || at < 40) expect(plain(record)).toEqual(plain(expected[at]!));
    }
  });
});

/** DuckDB gives maps as entries, and all decimals as numbers. */
function plain(value: unknown): unknown {
  if (value instanceof Map) return [...value].map(([key, one]) => ({ key: plain(key), value: plain(one) }));
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'string' && /^-?\d{1,15}\.\d{1,3}$/.test(value)) return Number(value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
}
