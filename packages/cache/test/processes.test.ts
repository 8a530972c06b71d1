/** Processes that share a cache: of one machine, or by a server. */

import type { ChildProcess } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Cache, type CacheOptions } from '@skein/cache';
import { beforeAll, expect, test } from 'vitest';
import { serverForTests } from '../../../tools/servers/for-tests.ts';
import { findRedis, startRedis } from '../../../tools/servers/redis.ts';
import { clusterProcesses, expectHeard, linesOf } from './support/cluster-processes.ts';
import { crew, race, said } from './support/crew.ts';
import { entryBytes, temporaryDirectory } from './support/directory.ts';
import { anyNamespace, urlOf } from './support/redis.ts';

let members: ChildProcess[];
beforeAll(async () => {
  members = await crew(8);
}, 60_000);

test('C1: of 1,000 callers in 8 processes one loads', async () => {
  const directory = temporaryDirectory();
  const loads = join(directory, 'loads');
  const results = await race<string[]>(members, { name: 'stampede', directory, loads });
  const [loader] = linesOf(loads);
  expect(linesOf(loads)).toHaveLength(1);
  expect(results).toEqual(Array(8).fill([`${loader} true`]));
});

test('C4: an error of the loader reaches all who wait, in all processes, and is not kept', async () => {
  const directory = temporaryDirectory();
  const loads = join(directory, 'loads');
  const results = await race(members.slice(0, 4), { name: 'failing', directory, loads });
  const [loader] = linesOf(loads);
  expect(linesOf(loads)).toHaveLength(1);
  expect(results).toEqual(Array(4).fill({ message: `by ${loader}`, own: true }));
  await race(members.slice(0, 1), { name: 'failing', directory, loads });
  expect(linesOf(loads)).toHaveLength(2);
});

test('what is empty is given to all who wait, and not kept', async () => {
  const directory = temporaryDirectory();
  const loads = join(directory, 'loads');
  expect(await race(members.slice(0, 3), { name: 'empty', directory, loads })).toEqual([
    'undefined',
    'undefined',
    'undefined',
  ]);
  expect(linesOf(loads)).toHaveLength(1);
});

test('the death of who loads passes the load on at once', async () => {
  const directory = temporaryDirectory();
  const [holder, ...waiters] = [...(await crew(1)), ...members.slice(0, 2)];
  holder!.send({ name: 'hold', directory });
  await said(holder!, 'loading');
  const results = race<string>(waiters, { name: 'take', directory });
  // They wait: it is not theirs, and nobody has given it up.
  const cache = new Cache({ namespace: 'shared', node: { directory } });
  expect(await Promise.race([results, cache.get('model')])).toBeUndefined();
  const killed = performance.now();
  holder!.kill('SIGKILL');
  const [first, second] = await results;
  expect(performance.now() - killed).toBeLessThan(5_000); // its lease is good for 30 seconds
  expect(first).toBe(second);
  expect(waiters.map(({ pid }) => `by ${pid}`)).toContain(first);
  await cache.close();
});

test('C2: an invalidation reaches the memory of every process', async () => {
  const directory = temporaryDirectory();
  const cache = new Cache({ namespace: 'shared', node: { directory } });
  await expectHeard(cache, members.slice(0, 2), () => ({ name: 'copies', directory }));
  await cache.close();
});

test('N3: the bound of bytes holds while several processes write', async () => {
  const directory = temporaryDirectory();
  const writers = race<{ failures: number; writes: number }>(members.slice(0, 4), {
    name: 'fill',
    directory,
  });
  let most = 0;
  let isDone = false;
  void writers.finally(() => {
    isDone = true;
  });
  while (!isDone) {
    most = Math.max(most, entryBytes(directory));
    await new Promise(setImmediate);
  }
  expect(most).toBeLessThanOrEqual(4 * 2 ** 20);
  expect(most).toBeGreaterThan(2 * 2 ** 20);
  for (const { failures, writes } of await writers) expect([failures, writes > 50]).toEqual([0, true]);
});

test('the log is begun anew while several processes set', async () => {
  const directory = temporaryDirectory();
  const states = await race<{ failures: number; damaged: number }>(members.slice(0, 3), {
    name: 'sets',
    directory,
  });
  for (const { failures, damaged } of states) expect([failures, damaged]).toEqual([0, 0]);
  const logs = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /log\.\d+$/.test(path),
  );
  expect(logs).toHaveLength(2); // of three at least
  // The last of each key, or nothing; never one before.
  const cache = new Cache({ namespace: 'shared', tiers: ['node'], node: { directory } });
  for (let k = 0; k < 40; k++) {
    const value = await cache.get<[number, number]>(`key ${k} ${'k'.repeat(900)}`);
    if (value !== undefined) expect(value[1]).toBeGreaterThanOrEqual(300 - 40);
  }
  await cache.close();
});

const server = serverForTests(findRedis, startRedis);
clusterProcesses(
  'by Redis',
  () => members,
  () => {
    const options: CacheOptions = {
      namespace: anyNamespace(),
      tiers: ['memory', 'redis'],
      redis: { url: urlOf(server().port) },
    };
    return () => options;
  },
);
