/** What processes that share a tier of a cluster, as on machines of their own, may count on. */
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cache, type CacheOptions } from '@skein/cache';
import { describe, expect, test } from 'vitest';
import { crew, resultOf, said } from './crew.ts';
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
    /** Gives all the same task at once, each by a node of its own. */
    function race<R>(
      children: readonly ChildProcess[],
      at: (node: number) => CacheOptions,
      task: Task,
    ): Promise<R[]> {
      const results = children.map((child) => resultOf<R>(child));
      for (const [i, child] of children.entries()) child.send({ ...task, cache: at(i % 2) });
      return Promise.all(results);
    }

    test('C1: of 1,000 callers in 8 processes one loads', async () => {
      const directory = temporaryDirectory();
      const loads = join(directory, 'loads');
      const task = { name: 'stampede', directory, loads, options: { once: 'cluster' } } as const;
      const results = await race<string[]>(members(), shared(), task);
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
      const results = race<string>(waiters, at, { name: 'take', directory, options });
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
      for (const undo of [
        () => cache.invalidate('red'),
        () => cache.delete('model'),
        () => cache.set('model', 'new'),
      ]) {
        for (const [i, child] of children.entries())
          child.send({ name: 'copies', directory, cache: at(i % 2) });
        await Promise.all(children.map((child) => said(child, 'has it')));
        const results = children.map((child) => resultOf<number>(child));
        await undo();
        for (const child of children) child.send(Date.now());
        for (const ms of await Promise.all(results)) expect(ms).toBeLessThan(2_000);
        await cache.clear();
      }
      await cache.close();
    });
  });
}

/** Those who have loaded. */
export function linesOf(path: string): string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
}
