/** Record batches as they are read, each in memory of its own or over the one before. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as arrow from 'apache-arrow';
import { beforeAll, describe, expect, test } from 'vitest';
import { type DataPartition, objects, partition } from '../src/index.ts';
import { BATCH, BATCHES, sample, sampleRecords } from './arrow/sample.ts';
import { all, failureOf } from './support/all.ts';
import { Duck } from './support/duckdb.ts';

const ROWS = 20_000;

let duck: Duck;
const partsOf = (name: string): Promise<DataPartition[]> => all(partition(duck.path(name), { parts: 2 }));

beforeAll(async () => {
  duck = await Duck.open();
  for (const kind of ['file', 'stream'] as const)
    writeFileSync(
      duck.path(`sample-${kind}.${kind === 'file' ? 'arrow' : 'arrows'}`),
      arrow.tableToIPC(sample(), kind),
    );
  await duck.run(`copy (
    select i, i / 4.0 as double, case when i % 3 = 0 then null else i::smallint end as small, i % 2 = 0 as flag,
      case when i % 5 = 0 then null else 'text ' || i end as text, 'word ' || (i % 13) as word, [i, i + 1] as list
    from range(${ROWS}) r(i)
  ) to '${duck.path('many.parquet')}' (row_group_size 2048)`);
});

/** What is in a batch now, as values that have nothing to do with its memory. */
function copied(batch: arrow.RecordBatch): string[] {
  return batch
    .toArray()
    .map((row) =>
      JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)),
    );
}

async function rowsOf(parts: readonly DataPartition[], reuse: boolean): Promise<string[]> {
  const rows: string[] = [];
  for (const part of parts) for await (const batch of part.batches({ reuse })) rows.push(...copied(batch));
  return rows;
}

describe.for(['sample-file.arrow', 'sample-stream.arrows', 'many.parquet'])('%s', (name) => {
  test.for([false, true])('batches are the table, over one another: %s', async (reuse) => {
    const parts = await partsOf(name);
    const tables = await Promise.all(parts.map((part) => part.arrow()));
    const expected = tables.flatMap(({ batches }) => batches.flatMap(copied));
    expect(expected).toHaveLength(name === 'many.parquet' ? ROWS : BATCH * BATCHES);
    expect(await rowsOf(parts, reuse)).toEqual(expected);
    expect(await rowsOf(parts, reuse)).toEqual(expected);
  });

  test('those that are held stay as they were', async () => {
    const [part] = await partsOf(name);
    const held: (readonly [arrow.RecordBatch, string[]])[] = [];
    for await (const batch of part!.batches()) held.push([batch, copied(batch)]);
    expect(held.length).toBeGreaterThan(1);
    for (const [batch, rows] of held) expect(copied(batch)).toEqual(rows);
  });
});

test('memory is used again where that is asked for, and only there', async () => {
  await duck.run(
    `copy (select i::double as d from range(${ROWS * 8}) r(i)) to '${duck.path('doubles.parquet')}' (row_group_size 2048)`,
  );
  const [part] = await all(partition(duck.path('doubles.parquet'), { parts: 1 }));
  const memories = async (reuse: boolean): Promise<number> => {
    const buffers = new Set<ArrayBufferLike>();
    for await (const batch of part!.batches({ reuse }))
      buffers.add((batch.data.children[0]!.values as Float64Array).buffer);
    return buffers.size;
  };
  expect(await memories(false)).toBeGreaterThan(70);
  expect(await memories(true)).toBeLessThan(4);
});

test('rows that match, over one another', async () => {
  const parts = await all(
    partition(duck.path('many.parquet'), {
      where: [['small', '>', 19_000]],
      columns: ['word', 'i'],
      parts: 2,
    }),
  );
  const rows = (await rowsOf(parts, true)).map((row) => JSON.parse(row) as { word: string; i: string });
  const expected = Array.from({ length: ROWS }, (_, i) => i).filter((i) => i > 19_000 && i % 3 !== 0);
  expect(rows).toEqual(expected.map((i) => ({ word: `word ${i % 13}`, i: `${i}n` })));
});

test('who stops early has read no more than the windows ahead', async () => {
  const [part] = await partsOf('many.parquet');
  for await (const batch of part!.batches({ reuse: true })) {
    expect(batch.numRows).toBe(2048);
    break;
  }
  expect((await part!.records().toArray()).length).toBeGreaterThan(2048);
});

test('groups give those of all their parts, of one kind of table', async () => {
  const folder = duck.path('small');
  mkdirSync(folder);
  const at = (n: number): string => join(folder, `${n}.arrow`);
  for (const n of [0, 1, 2])
    writeFileSync(at(n), arrow.tableToIPC(sample().slice(n * BATCH, (n + 1) * BATCH), 'file'));
  const [group] = await all(objects(`${folder}/*`).coalesce());
  const rows: string[] = [];
  for await (const batch of group!.batches({ reuse: true })) rows.push(...copied(batch));
  expect(rows).toEqual((await group!.arrow()).batches.flatMap(copied));
  expect(rows).toHaveLength(3 * BATCH);
  writeFileSync(at(3), arrow.tableToIPC(arrow.tableFromArrays({ id: [1, 2] }), 'file'));
  const [mixed] = await all(objects(`${folder}/*`).coalesce());
  expect(await failureOf(() => all(mixed!.batches()))).toMatchObject({ code: 'malformed', object: at(3) });
});

test('text has none, and says what it has', async () => {
  writeFileSync(duck.path('some.csv'), 'a,b\n1,2\n');
  const [part] = await all(partition(duck.path('some.csv')));
  expect(await failureOf(() => all(part!.batches()))).toMatchObject({
    code: 'unsupported',
    message: expect.stringMatching(/some\.csv: .+ has no batches\(\): use .*rows\(\)/),
  });
});

test('a signal ends the reading', async () => {
  const [part] = await partsOf('many.parquet');
  const reason = new Error('enough');
  expect(await failureOf(() => all(part!.batches({ signal: AbortSignal.abort(reason) })))).toBe(reason);
});

test('what is gone or another is told, over one another too', async () => {
  const path = duck.path('changing.arrow');
  writeFileSync(path, arrow.tableToIPC(sample(), 'file'));
  const [part] = await all(partition(path));
  expect(sampleRecords()).toHaveLength((await rowsOf([part!], true)).length);
  writeFileSync(path, arrow.tableToIPC(sample().slice(0, BATCH), 'file'));
  expect(await failureOf(() => rowsOf([part!], true))).toMatchObject({ code: 'changed', object: path });
});
