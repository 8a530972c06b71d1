/** Partitions of Skein: cut here, read by two workers. */

import { FunctionExecutor } from '@skein/executor';
import { type DataPartition, objects } from '@skein/partitioner';
import { Storage } from '@skein/storage';
import type { Float64 } from 'apache-arrow';
import { dataPath } from '../data/data-set.ts';
import { serve, sum, timed } from './serve.ts';

const BUCKET = 'bench';
/** Four for each worker, so that both end together. Text is cut as it comes, into 64 MiB. */
const PARTS = 8;

const executor = new FunctionExecutor({ workers: 2 });
let memory: Promise<Storage> | undefined;

await serve(
  {
    count: ({ format, records }) =>
      timed(
        () => executor.map(count, objects(dataPath(), { format })),
        (counts) => sum(counts) / records,
      ),
    sum: ({ format, rows, asTables = false }) => {
      const amounts = { format, columns: ['amount'], parts: PARTS };
      return timed(
        () => executor.map(asTables ? totalOfTable : total, objects(dataPath(), amounts)),
        (totals) => sum(totals) / rows,
      );
    },
    plan: async ({ objects: count, inMemory = false }) => {
      if (inMemory) memory ??= fill(count);
      const storage = await memory;
      const found = storage === undefined ? objects(dataPath()) : objects(BUCKET, { storage });
      return timed(
        () => found.plan(),
        (plan) => plan.length / count,
      );
    },
  },
  async () => {
    await executor.close();
    await (await memory)?.close();
  },
);

function count(part: DataPartition): Promise<number> {
  return part.count();
}

/** Of the only column: without nulls, the values of a batch are its typed array. */
async function total(part: DataPartition): Promise<number> {
  let total = 0;
  for await (const { data } of part.batches({ reuse: true })) total += added(data.children[0]?.values);
  return total;
}

async function totalOfTable(part: DataPartition): Promise<number> {
  const column = (await part.arrow()).getChildAt<Float64>(0);
  let total = 0;
  for (const { values } of column?.data ?? []) total += added(values as Float64Array);
  return total;
}

function added(values: Float64Array): number {
  let total = 0;
  for (let row = 0; row < values.length; row++) total += values[row]!;
  return total;
}

async function fill(count: number): Promise<Storage> {
  const storage = new Storage({ kind: 'memory' });
  await storage.createBucket(BUCKET);
  for (let n = 0; n < count; n++) await storage.putObject(BUCKET, `${n}.txt`, `${n}\n`);
  return storage;
}
