/** A storage that is away for a while, with everything in it: a mount that comes back, a network that was cut. */
import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { passes, patiently } from '../src/patience.ts';
import { executorOf, processBackends } from './support/executors.ts';
import { eventually } from './support/processes.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skein-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Ways for a folder to be away that hold for every user. */
const outages: readonly (readonly [how: string, away: (root: string) => Promise<() => Promise<void>>])[] = [
  [
    'the folder is away',
    async (root) => {
      await rename(root, `${root}-away`);
      return () => rename(`${root}-away`, root);
    },
  ],
  [
    'something else is in its place',
    async (root) => {
      await rename(root, `${root}-away`);
      await writeFile(root, 'no folder');
      return async () => {
        await rm(root);
        await rename(`${root}-away`, root);
      };
    },
  ],
];

describe.each(processBackends)('on %s', (name, options) => {
  test.each(outages)(
    '%s while calls run, end, and store large results: no call is lost',
    async (how, away) => {
      const root = join(folder, 'storage');
      const started = join(folder, 'started');
      const executor = executorOf({ ...options, storage: `file:${root}` });
      await executor.callAsync(() => 1); // the bucket is there
      const job = executor.map(
        async (x: number, begun: string) => {
          const { writeFileSync } = await import('node:fs');
          writeFileSync(begun + x, '');
          await new Promise((resolve) => setTimeout(resolve, 300 * (x + 1)));
          return new Uint8Array(x % 2 === 0 ? 2_000_000 : 10).fill(x);
        },
        [0, 1, 2, 3],
        { extraArgs: [started] },
      );
      await eventually(() => existsSync(`${started}0`) && existsSync(`${started}1`), 'two calls run');
      const back = await away(root);
      // Once for longer than nothing may be heard of an agent.
      await sleep(name === 'subprocess' && how === 'the folder is away' ? 7_500 : 1_200);
      await back();
      const results = await job;
      expect(results.map((bytes) => [bytes.byteLength, bytes[0]])).toEqual([
        [2_000_000, 0],
        [10, 1],
        [2_000_000, 2],
        [10, 3],
      ]);
      expect(job.futures.map((future) => future.stats?.attempt)).toEqual([1, 1, 1, 1]);
      await executor.close();
    },
  );
});

test('a storage that is away when code and arguments are to be stored is waited for', async () => {
  const root = join(folder, 'storage');
  const executor = executorOf({ storage: `file:${root}` });
  await writeFile(root, 'no folder');
  const first = executor.map((bytes: Uint8Array) => bytes.byteLength, [new Uint8Array(2_000_000)]);
  await sleep(500);
  expect(first.futures[0]!.done).toBe(false);
  await rm(root);
  expect(await first).toEqual([2_000_000]);
  await rename(root, `${root}-away`);
  const second = executor.map((bytes: Uint8Array) => bytes.byteLength + 1, [new Uint8Array(2_000_000)]);
  await sleep(500);
  await rename(`${root}-away`, root);
  expect(await second).toEqual([2_000_001]);
  await executor.close();
});

test('a storage that stays away fails what needs it, by name; the executor serves again when it is back', async () => {
  const root = join(folder, 'storage');
  const executor = executorOf({ storage: `file:${root}` });
  await executor.callAsync(() => 1);
  await rename(root, `${root}-away`);
  const job = executor.map(() => 2, [1, 2]);
  const outcomes = await Promise.allSettled(job.futures);
  for (const outcome of outcomes)
    expect(outcome).toMatchObject({
      reason: {
        name: 'BundleError',
        message: expect.stringMatching(/code could not be stored .*no bucket "skein"/),
      },
    });
  await rename(`${root}-away`, root);
  expect(await executor.map((x: number) => x * 3, [1, 2])).toEqual([3, 6]);
  await executor.close();
}, 60_000);

describe('patience with a storage', () => {
  const failure = (code: string, cause?: string): Error =>
    Object.assign(new Error(code, { cause: Object.assign(new Error(), { code: cause }) }), { code });

  test('lasts for what can pass, and not for what is wrong with the request or with the disk', () => {
    expect(['busy', 'io', 'no-such-bucket'].map((code) => passes(failure(code)))).toEqual([true, true, true]);
    expect(['no-such-key', 'precondition-failed', 'corrupt'].some((code) => passes(failure(code)))).toBe(
      false,
    );
    expect(['ENOSPC', 'EDQUOT', 'EFBIG'].some((cause) => passes(failure('io', cause)))).toBe(false);
    expect(passes(new TypeError('no')) || passes(undefined) || passes('io')).toBe(false);
  });

  /** By a clock that only pauses move. */
  const driven = (random: number, wanted?: () => boolean) => {
    let now = 0;
    const pauses: number[] = [];
    const pause = async (ms: number): Promise<void> => {
      pauses.push(ms);
      now += ms;
    };
    return { pauses, patience: { now: () => now, random: () => random, pause, ...(wanted && { wanted }) } };
  };

  test('pauses grow up to a second, differ by chance, and end', async () => {
    const { pauses, patience } = driven(1);
    let attempts = 0;
    const gone = patiently(() => {
      attempts++;
      return Promise.reject(failure('io'));
    }, patience);
    await expect(gone).rejects.toThrow('io');
    expect(pauses.slice(0, 8)).toEqual([25, 50, 100, 200, 400, 800, 1_000, 1_000]);
    expect(pauses.reduce((sum, ms) => sum + ms)).toBeLessThan(12_000);
    expect(attempts).toBe(pauses.length + 1);
    const other = driven(0);
    await patiently(() => Promise.reject(failure('io')), other.patience).catch(() => {});
    expect(other.pauses.slice(0, 3)).toEqual([12.5, 25, 50]);
  });

  test('ends where nobody wants the outcome any more', async () => {
    const { pauses, patience } = driven(1, () => false);
    await expect(patiently(() => Promise.reject(failure('busy')), patience)).rejects.toThrow('busy');
    expect(pauses).toEqual([25]);
  });
});
