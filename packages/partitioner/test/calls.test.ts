/** Partitions as inputs of calls: read by worker processes, without any configuration. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FunctionExecutor } from '@skein/executor';
import { Storage } from '@skein/storage';
import { afterAll, describe, expect, test } from 'vitest';
import { type DataPartition, objects, type PartitionGroup, partition } from '../src/index.ts';
import { all } from './support/all.ts';
import { folder, write } from './support/folder.ts';
import { vegaFile } from './support/vega.ts';

const root = folder();
const store = folder();
const lines = (count: number, from = 0): string =>
  Array.from({ length: count }, (_, i) => `${from + i} and some words\n`).join('');
const first = write(join(root, 'first.txt'), lines(1000));
const second = write(join(root, 'second.txt'), lines(500, 1000));

const executor = new FunctionExecutor({ workers: 2 });
afterAll(() => executor.close());

describe('a job on files', () => {
  test('counts lines by parts, each read by a worker', async () => {
    const counts = await executor.map(
      (part: DataPartition) => part.count(),
      objects([first, second], { parts: 3 }),
    );
    expect(counts).toHaveLength(6);
    expect(counts.reduce((a, b) => a + b)).toBe(1500);
  });

  test('has one reducer for each object, which gets the results in the order of the parts', async () => {
    const sums = executor.mapReduce(
      async (part: DataPartition) => ({
        part: part.part,
        lines: (await part.lines().toArray()).length,
        path: part.path,
      }),
      objects(root, { parts: 4 }),
      (parts: { part: number; lines: number; path: string | undefined }[]) => ({
        path: parts[0]?.path,
        order: parts.map((one) => one.part),
        lines: parts.reduce((sum, one) => sum + one.lines, 0),
      }),
      { reducerOnePerObject: true },
    );
    expect(await sums).toEqual([
      { path: first, order: [0, 1, 2, 3], lines: 1000 },
      { path: second, order: [0, 1, 2, 3], lines: 500 },
    ]);
  });

  test('a plan is looked at, and then run', async () => {
    const source = objects([first, second], { parts: 2 });
    const plan = await source.plan();
    expect(plan.describe()).toContain('2 objects, 4 parts');
    expect(source.length).toBe(4);
    const job = executor.map((part: DataPartition) => part.size, plan.partitions);
    expect((await job).reduce((a = 0, b) => a + b!, 0)).toBe(plan.bytes);
  });

  test('partitions are closed over, and returned', async () => {
    const [one, two] = await all(partition(first, { parts: 2 }));
    const text = await executor.callAsync(async () => (await two!.text()).slice(-16), undefined);
    expect(text).toBe(lines(1, 999).slice(-16));
    const back = await executor.callAsync((part: DataPartition) => part, one!);
    expect(back).toMatchObject({ path: first, part: 0, totalParts: 2, byteRange: one!.byteRange });
    expect(await back.count()).toBe(await one!.count());
  });

  test.for([
    ['flights-200k.arrow', 200_000],
    ['flights-3m.parquet', 3_000_000],
  ] as const)('reads %s wherever its workers are, by the libraries of the program', async ([name, rows]) => {
    const counts = await executor.map(
      async (part: DataPartition, elsewhere: string) => {
        process.chdir(elsewhere);
        return (await part.arrow()).numRows;
      },
      objects(vegaFile(name), { parts: 2 }),
      { extraArgs: [tmpdir()] },
    );
    expect(counts.reduce((a, b) => a + b)).toBe(rows);
  });

  test('of buckets reads the store that was given', async () => {
    await using storage = new Storage(`file:${store}`);
    await storage.createBucket('data');
    await storage.putObject('data', 'a.jsonl', '{"n":1}\n{"n":2}\n{"n":3}\n');
    const sums = await executor.map(
      async (part: DataPartition) => {
        let sum = 0;
        for await (const { n } of part.records<{ n: number }>()) sum += n;
        return sum;
      },
      objects('data/*.jsonl', { storage, parts: 2 }),
    );
    expect(sums.reduce((a, b) => a + b)).toBe(6);
  });

  test('has small files in groups, and no reducer for each object then', async () => {
    const numbers = folder();
    for (let n = 0; n < 20; n++) write(join(numbers, `${n + 10}.jsonl`), `{"n":${n}}\n`);
    const source = objects(numbers).coalesce({ bytes: 45, openCost: 1 });
    const read = async (group: PartitionGroup): Promise<{ sum: number; group: PartitionGroup }> => {
      let sum = 0;
      for await (const { n } of group.records<{ n: number }>()) sum += n;
      return { sum, group };
    };
    const results = await executor.map(read, source);
    expect(results.length).toBeLessThan(8);
    expect(results.reduce((all, { sum }) => all + sum, 0)).toBe(190);
    expect(results.flatMap(({ group }) => group.parts.map(String))).toEqual(
      (await all(objects(numbers))).map(String),
    );
    expect(() =>
      executor.mapReduce(read, source, (sums) => sums.length, { reducerOnePerObject: true }),
    ).toThrow(/knows its objects.*not its groups/);
  });
});
