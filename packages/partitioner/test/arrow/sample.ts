import * as arrow from 'apache-arrow';

export const BATCH = 40;
export const BATCHES = 11;

const WORDS = ['one', 'two', 'three', null];

/** What the table holds, as records of a part give it. */
export function sampleRecords(): Record<string, unknown>[] {
  return Array.from({ length: BATCH * BATCHES }, (_, id) => ({
    id,
    long: id % 7 === 0 ? null : BigInt(id) * 10_000_000_000n,
    half: id % 3 === 0 ? null : id / 2,
    flag: id % 5 === 0 ? null : id % 2 === 0,
    word: WORDS[id % WORDS.length],
    text: id % 6 === 0 ? null : `text ${id} ä😀`,
    time: new Date(1_600_000_000_000 + id * 1000),
    list: id % 4 === 0 ? null : Array.from({ length: id % 3 }, (_, at) => id + at),
    nested: { a: id, b: id % 2 === 0 ? null : `b${id}` },
    map: new Map([['k', id]]),
    price: id / 4,
  }));
}

/** Batches of many types, with nulls. */
export function sample(): arrow.Table {
  const { Field, Float64, Int32, List, Map_, Struct, Utf8 } = arrow;
  const types: Readonly<Record<string, arrow.DataType>> = {
    id: new Int32(),
    long: new arrow.Int64(),
    half: new Float64(),
    flag: new arrow.Bool(),
    word: new arrow.Dictionary(new Utf8(), new Int32(), 3),
    text: new Utf8(),
    time: new arrow.TimestampMillisecond('UTC'),
    list: new List(new Field('item', new Int32(), true)),
    nested: new Struct<arrow.TypeMap>([new Field('a', new Int32()), new Field('b', new Utf8(), true)]),
    map: new Map_(
      new Field(
        'entries',
        new Struct<{ key: arrow.Utf8; value: arrow.Int32 }>([
          new Field('key', new Utf8()),
          new Field('value', new Int32()),
        ]),
      ),
    ),
  };
  const records = sampleRecords();
  const vectors: Record<string, arrow.Vector> = {};
  for (const [name, type] of Object.entries(types)) {
    vectors[name] = arrow.vectorFromArray(
      records.map((record) => record[name]),
      type,
    );
  }
  vectors['price'] = prices(records);
  const table = new arrow.Table(vectors);
  const batches = Array.from(
    { length: BATCHES },
    (_, at) => table.slice(at * BATCH, (at + 1) * BATCH).batches,
  ).flat();
  return new arrow.Table(batches);
}

/** Decimals with two digits behind the point. */
function prices(records: readonly Readonly<Record<string, unknown>>[]): arrow.Vector {
  const data = new Uint32Array(records.length * 4);
  for (const [at, { id }] of records.entries()) data[at * 4] = Number(id) * 25;
  return new arrow.Vector([arrow.makeData({ type: new arrow.Decimal(2, 9, 128), data })]);
}
