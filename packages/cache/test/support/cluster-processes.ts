/** What processes that share a tier of a cluster, as on machines of their own, may count on. */
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cache, type CacheOptions } from '@skein/cache';
import { describe, expect, test } from 'vitest';
import { crew, race, resultOf, said } from './crew.ts';
import { temporaryDirectory } from './directory.ts';
import type { Task } from './member.ts';

/**
 * @param members eight processes that wait for tasks
 * @param shared options by which caches share a new namespace, each by the node of its number where there are several
 */
export function clusterProcesses(
  name: string,
  members: () => readonly ChildProcess[],
  shared: () => (node: number) => CacheOptions,
): void {
  describe(`${name}, processes as on machines of their own`, () => {
    /** A task for each, by a node of its own. */
    const by =
      (at: (node: number) => CacheOptions, task: Task) =>
      (child: number): Task => ({ ...task, cache: at(child % 2) });

    test('C1: of 1,000 callers in 8 processes one loads', async () => {
      const directory = temporaryDirectory();
      const loads = join(directory, 'loads');
      const task = { name: 'stampede', directory, loads, options: { once: 'cluster' } } as const;
      const results = await race<string[]>(members(), by(shared(), task));
      const loaders = linesOf(loads);
      expect(loaders).toHaveLength(1);
      expect(results).toEqual(Array(8).fill([`${loaders[0]} true`]));
    });

    test('the death of who loads passes the load on when its lease ends', async () => {
      const directory = temporaryDirectory();
      const at = shared();
      const options = { once: 'cluster', leaseMs: 1_000 } as const;
      const [holder, ...waiters] = [...(await crew(1)), ...members().slice(0, 2)];
      holder!.send({ name: 'hold', directory, cache: at(0), options });
      await said(holder!, 'loading');
      const results = race<string>(waiters, by(at, { name: 'take', directory, options }));
      holder!.kill('SIGKILL');
      const [first, second] = await results;
      expect(first).toBe(second);
      expect(waiters.map(({ pid }) => `by ${pid}`)).toContain(first);
    });

    test('an invalidation reaches the memory of every process', async () => {
      const directory = temporaryDirectory();
      const at = shared();
      const cache = new Cache(at(0));
      const children = members().slice(0, 2);
      await expectHeard(cache, children, by(at, { name: 'copies', directory }));
      await cache.close();
    });
  });
}

/** Whatever makes an entry invalid here is soon seen in the memory of those processes. */
export async function expectHeard(
  cache: Cache,
  children: readonly ChildProcess[],
  taskOf: (child: number) => Task,
): Promise<void> {
  for (const undo of [
    () => cache.invalidate('red'),
    () => cache.delete('model'),
    () => cache.set('model', 'new'),
  ]) {
    for (const [i, child] of children.entries()) child.send(taskOf(i));
    await Promise.all(children.map((child) => said(child, 'has it')));
    const results = children.map((child) => resultOf<number>(child));
    await undo();
    for (const child of children) child.send(Date.now());
    // Milliseconds are promised; a machine with two cores for all of this takes its time.
    for (const ms of await Promise.all(results)) expect(ms).toBeLessThan(2_000);
    await cache.clear();
  }
}

/** Those who have loaded. */
export function linesOf(path: string): string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
}
