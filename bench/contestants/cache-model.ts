/** A model in a bucket, read by a function: through a cache that is as warm as is asked for, or from the bucket each time. */

import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { Cache } from '@skein/cache';
import { FunctionExecutor } from '@skein/executor';
import { Storage } from '@skein/storage';
import { contentOf, isContentOf } from './buckets/content.ts';
import { storageConfig } from './buckets/skein.ts';
import { folderInMemory } from './caches/folder.ts';
import type { ModelRequest, Reply } from './protocol.ts';
import { serve } from './serve.ts';

const storage = new Storage(storageConfig('minio'));
const key = randomUUID();
const directory = folderInMemory();
const cache = new Cache({ namespace: 'bench', node: { directory } });
const executor = new FunctionExecutor({ workers: 1, context: { cache } });
let stored: Promise<unknown> | undefined;

await serve(
  {
    async model({ bytes, from, worker }) {
      stored ??= storage.putObject(storage.bucket, key, contentOf(0, bytes));
      await stored;
      if (from === 'cold') await cache.clear();
      else await ask(bytes, from, false);
      return ask(bytes, from, worker === 'new');
    },
  },
  async () => {
    await executor.close();
    await cache.close();
    await rm(directory, { recursive: true });
    await storage.deleteObject(storage.bucket, key);
    await storage.close();
  },
);

/** @param isolated in a worker that has run nothing before */
async function ask(bytes: number, from: ModelRequest['from'], isolated: boolean): Promise<Reply> {
  const [reply] = await executor.map(read, [bytes], { isolated, extraArgs: [storage, key, from] });
  return reply!;
}

/** Its own clock: the worker has started, and is connected to the store. */
async function read(
  bytes: number,
  store: Storage,
  name: string,
  from: ModelRequest['from'],
  { cache: near }: { cache: Cache },
): Promise<Reply> {
  await store.headObject(store.bucket, name);
  const source = from === 'store' ? store : near.wrap(store);
  const start = performance.now();
  const body = await source.getObject(store.bucket, name);
  const ms = performance.now() - start;
  return { ms, answer: Number(isContentOf(0, bytes, body)) };
}
