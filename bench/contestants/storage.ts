/** Skein's storage, in this process and in functions, each of which has an object. */

import { FunctionExecutor } from '@skein/executor';
import { Storage, type StorageConfig } from '@skein/storage';
import { contentOf, isContentOf } from './buckets/content.ts';
import { inProcess, type Many } from './buckets/many.ts';
import { skeinStore, storageConfig } from './buckets/skein.ts';
import { bucketSkills } from './buckets/skills.ts';
import { numbersBelow, serve, sum } from './serve.ts';

let executor: FunctionExecutor | undefined;

const { skills, close } = bucketSkills(({ atOnce, driver = 's3' }) => {
  const config = storageConfig(driver);
  const storage = new Storage(config);
  const store = skeinStore(storage);
  return { store, many: atOnce === undefined ? byFunctions(config, storage) : inProcess(store, atOnce) };
});

await serve(skills, async () => {
  await executor?.close();
  await close();
});

/** The executor keeps its own data there too, as Lithops does. */
function byFunctions(config: StorageConfig, storage: Storage): Many {
  const made = new FunctionExecutor({ workers: 2, storage: config });
  executor = made;
  return {
    write: ({ prefix, count, bytes }) =>
      made.map(writeOne, numbersBelow(count), { extraArgs: [storage, prefix, bytes] }).then(),
    read: async ({ prefix, count, bytes }) =>
      sum(await made.map(readOne, numbersBelow(count), { extraArgs: [storage, prefix, bytes] })),
  };
}

async function writeOne(n: number, storage: Storage, prefix: string, bytes: number): Promise<void> {
  await storage.putObject(storage.bucket, `${prefix}${n}`, contentOf(n, bytes));
}

/** 1 when it is as it was written. */
async function readOne(n: number, storage: Storage, prefix: string, bytes: number): Promise<number> {
  return Number(isContentOf(n, bytes, await storage.getObject(storage.bucket, `${prefix}${n}`)));
}
