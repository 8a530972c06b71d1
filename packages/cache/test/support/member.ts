/** One of several processes that share a cache: it says when it is ready, and does what it is told. */

import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Cache, type CacheOptions, type LoadOptions } from '@skein/cache';

export interface Task {
  readonly name: 'stampede' | 'failing' | 'empty' | 'hold' | 'take' | 'copies' | 'fill' | 'sets';
  readonly directory: string;
  /** What is shared. @default the machine's tier in that directory */
  readonly cache?: CacheOptions;
  readonly options?: LoadOptions;
  /** A file that gets a line for each load, of whoever loads. */
  readonly loads?: string;
}

async function run({ name, loads = '', options = {} }: Task, cache: Cache): Promise<unknown> {
  const loaded = (): void => appendFileSync(loads, `${process.pid}\n`);
  switch (name) {
    case 'stampede': {
      const load = async (): Promise<{ by: number; weights: Float32Array }> => {
        loaded();
        await pause(50);
        return { by: process.pid, weights: new Float32Array(10_000).fill(process.pid) };
      };
      const values = await Promise.all(
        Array.from({ length: 125 }, () => cache.getOrSet('model', load, options)),
      );
      return [...new Set(values.map(({ by, weights }) => `${by} ${weights.every((one) => one === by)}`))];
    }
    case 'failing': {
      class OutOfOrder extends Error {}
      const load = async (): Promise<never> => {
        loaded();
        await pause(200);
        throw new OutOfOrder(`by ${process.pid}`);
      };
      const error = await cache.getOrSet('model', load).then(String, (one: Error) => one);
      return error instanceof Error
        ? { message: error.message, own: /member\.ts/.test(error.stack ?? '') }
        : error;
    }
    case 'empty': {
      const load = async (): Promise<undefined> => {
        loaded();
        await pause(200);
        return undefined;
      };
      return String(await cache.getOrSet('model', load));
    }
    case 'hold':
      // Loads until it is killed.
      return cache.getOrSet('model', () => new Promise(() => process.send?.('loading')), options);
    case 'take':
      return cache.getOrSet('model', () => `by ${process.pid}`, options);
    case 'copies': {
      // Keeps a copy in memory, and says how long it was served after it was told that it is invalid.
      await cache.getOrSet('model', () => 'old', { tags: ['red'] });
      process.send?.('has it');
      const [began] = (await once(process, 'message')) as [number];
      while (cache.peek('model') === 'old') await new Promise(setImmediate);
      return Date.now() - began;
    }
    case 'fill': {
      for (let i = 0; i < 60; i++)
        await cache.set(`${process.pid} ${i}`, new Uint8Array(100_000 + i * 1_000));
      return cache.stats().tiers['node'];
    }
    case 'sets': {
      // Of names so long that the log is begun anew a few times.
      for (let i = 0; i < 300; i++) {
        await cache.set(`key ${i % 40} ${'k'.repeat(900)}`, [process.pid, i]);
        if (i % 20 === 0) await cache.invalidate('a tag');
      }
      return cache.stats().tiers['node'];
    }
    default:
      throw new TypeError(`no such task: ${name}`);
  }
}

process.on('message', async (task: Task | number) => {
  if (typeof task === 'number') return; // of 'copies'
  const node = { directory: task.directory, maxBytes: '4MiB' };
  const cache = new Cache(task.cache ?? { namespace: 'shared', node });
  const result = await run(task, cache);
  await cache.close();
  process.send?.({ result });
});
process.send?.('ready');
