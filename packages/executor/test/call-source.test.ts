/** Data that knows more of itself than that it can be read, as partitions of objects do. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { CallSource } from '../src/index.ts';
import { everyBackend, executorOf, sharedExecutor } from './support/executors.ts';
import { eventually } from './support/processes.ts';
import { folderOfTest } from './support/workers.ts';

interface Part {
  readonly object: string;
  readonly part: number;
}

/** Parts of objects, told one after another; counts what is asked of it. */
class Parts implements CallSource<Part> {
  readonly length?: number;
  read = 0;
  closed = 0;
  readonly #parts: Iterable<Part>;

  constructor(parts: Iterable<Part>, length?: number) {
    this.#parts = parts;
    if (length !== undefined) this.length = length;
  }

  objectOf({ object }: Part): string {
    return object;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Part> {
    let ended = false;
    try {
      for (const part of this.#parts) {
        await new Promise((resolve) => setImmediate(resolve));
        this.read++;
        yield part;
      }
      ended = true;
    } finally {
      if (!ended) this.closed++;
    }
  }
}

function* partsOf(objects: Record<string, number>): Generator<Part> {
  for (const [object, count] of Object.entries(objects))
    for (let part = 0; part < count; part++) yield { object, part };
}

function* endless(): Generator<Part> {
  for (let part = 0; ; part++) yield { object: 'endless', part };
}

/** Earlier parts take longer, and every other one fails at first. */
const slowly = async ({ object, part }: Part, ctx: { readonly attempt: number }): Promise<string> => {
  await new Promise((resolve) => setTimeout(resolve, part === 0 ? 200 : 0));
  if (part % 2 === 1 && ctx.attempt === 1) throw new Error('not yet');
  return `${object}${part}`;
};

describe.each(everyBackend)('on %s', (_name, options) => {
  const executor = sharedExecutor(options);

  test('a reducer gets the parts in order, though calls end out of order and run again', async () => {
    const source = new Parts(partsOf({ a: 4, b: 2 }), 6);
    const all = executor.mapReduce(slowly as (part: Part) => Promise<string>, source, (parts) => parts, {
      retries: 1,
    });
    expect(all.mapJob.length).toBe(6);
    expect(await all).toEqual(['a0', 'a1', 'a2', 'a3', 'b0', 'b1']);
    expect(source.closed).toBe(0);
  });

  test('there is one reducer an object, in order of their first parts, each with its own parts in order', async () => {
    const mixed = [...partsOf({ b: 3 }), ...partsOf({ a: 2 }), { object: 'b', part: 3 }];
    const byObject = executor.mapReduce(
      slowly as (part: Part) => Promise<string>,
      new Parts(mixed),
      (parts) => parts.join(' '),
      { retries: 1, reducerOnePerObject: true },
    );
    expect(await byObject).toEqual(['b0 b1 b2 b3', 'a0 a1']);
    expect(byObject.reduceJob.length).toBe(2);
    const byKey = executor.mapReduce(
      ({ part }: Part) => part,
      new Parts(mixed),
      (parts) => parts,
      { reducerOnePerObject: ({ part }: Part) => part % 2 },
    );
    expect(await byKey).toEqual([
      [0, 2, 0],
      [1, 1, 3],
    ]);
  });
});

test('a reducer starts when the parts of its object have ended, and waits for no others', async () => {
  const executor = executorOf();
  const gate = join(await folderOfTest(), 'open');
  const job = executor.mapReduce(
    async ({ object, part }: Part, path: string) => {
      const { existsSync: exists } = await import('node:fs');
      while (object === 'slow' && !exists(path)) await new Promise((resolve) => setTimeout(resolve, 5));
      return part;
    },
    new Parts(partsOf({ slow: 1, quick: 2 })),
    (parts) => parts.length,
    { reducerOnePerObject: true, extraArgs: [gate] },
  );
  await eventually(() => job.reduceJob.length === 2, 'all parts have been read');
  expect(await job.reduceJob.futures[1]).toBe(2);
  expect(existsSync(gate)).toBe(false);
  await writeFile(gate, '');
  expect(await job).toEqual([1, 2]);
});

describe('a source whose job ends before it is closed', () => {
  test('when the job is cancelled, by itself, by a signal or by close()', async () => {
    const executor = executorOf();
    const never = async (): Promise<void> => new Promise(() => setInterval(() => {}, 1_000));
    const sources = [new Parts(endless()), new Parts(endless()), new Parts(endless())];
    const [first, second, third] = sources as [Parts, Parts, Parts];
    const abort = new AbortController();
    const jobs = [
      executor.map(never, first),
      executor.mapReduce(never, second, () => 1, { signal: abort.signal }),
      executor.map(never, third),
    ];
    for (const job of jobs) job.catch(() => {});
    await eventually(() => sources.every(({ read }) => read > 0), 'all are read');
    (jobs[0] as ReturnType<typeof executor.map>).cancel();
    abort.abort();
    await eventually(() => first.closed + second.closed === 2, 'two are closed');
    expect(third.closed).toBe(0);
    await executor.close({ cancel: true });
    await eventually(() => third.closed === 1, 'the third one is closed');
    // What was being read when they were closed is all.
    const read = sources.map((source) => source.read);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(sources.map((source) => source.read)).toEqual(read);
  });

  test('when its code cannot be bundled', async () => {
    const executor = executorOf();
    const source = new Parts(endless());
    const job = executor.map(async () => import('./no-such-module.ts' as string), source, {
      include: ['no-such-file-anywhere.json'],
    });
    await expect(job).rejects.toMatchObject({ name: 'BundleError' });
    await eventually(
      () => source.closed === 1 || source.read === 0,
      'it is closed, or nobody has begun to read',
    );
  });

  test('when a grouping fails', async () => {
    const executor = executorOf();
    const source = new Parts(endless());
    const job = executor.groupBy(
      ({ part }: Part) => {
        if (part === 5) throw new Error('part 5');
        return [[part, part]];
      },
      source,
      (key) => key,
    );
    await expect(job).rejects.toThrow('part 5');
    await eventually(() => source.closed === 1, 'it is closed');
  });
});
