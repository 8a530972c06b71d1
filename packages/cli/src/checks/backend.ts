/** What every backend has to do, tried with functions of the check's own. */
import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutorOptions, FunctionExecutor } from '@skein/executor';
import { bytes } from '../units.ts';
import { type Check, expect, Skipped } from './check.ts';

export interface BackendSubject {
  readonly executor: FunctionExecutor;
  /** What is configured. */
  readonly values: ExecutorOptions;
}

/** Above the size at which results go through storage. */
const largeBytes = 8 * 2 ** 20;
/** Workers beyond these tell nothing new, and some backends have hundreds. */
const mostWorkers = 4;
const rounds = 4;
const roundMs = 250;

const noWorker = 'Look at what workers have printed, if anything, and run `skein doctor`.';

export const backendChecks: readonly Check<BackendSubject>[] = [
  {
    name: 'call',
    claim: 'a worker starts and answers a call',
    advice: noWorker,
    async run({ executor }) {
      const answer = await executor.callAsync((n: number) => n + 1, 41);
      expect(answer === 42, `41 + 1 came back as ${answer}`);
      return undefined;
    },
  },
  {
    name: 'error',
    claim: 'an error comes back as what it was',
    advice: 'Workers run another version of Skein than this command: install one version everywhere.',
    async run({ executor }) {
      const future = executor.callAsync((limit: number) => {
        throw Object.assign(new RangeError('thrown on purpose'), { limit });
      }, 7);
      const error: unknown = await future.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error instanceof RangeError, `a RangeError was thrown, ${kindOf(error)} came back`);
      const { message, limit } = error as RangeError & { limit?: number };
      expect(message === 'thrown on purpose' && limit === 7, 'its message or its fields were lost');
      return undefined;
    },
  },
  {
    name: 'closure',
    claim: 'a function brings the values, functions and modules it uses',
    advice: 'Run `skein doctor`: it looks at the bundler and at flags of Node that hide variables.',
    async run({ executor }) {
      const prices = new Map([
        ['apple', 3n],
        ['pear', 4n],
      ]);
      const priceOf = (name: string): bigint => prices.get(name) ?? 0n;
      const [sum, digest] = await executor.callAsync(
        (basket: readonly string[]) =>
          [
            basket.reduce((total, name) => total + priceOf(name), 0n),
            createHash('sha256').update(basket.join()).digest('hex').length,
          ] as const,
        ['apple', 'pear', 'apple'],
      );
      expect(sum === 10n && digest === 64, `10 and 64 were expected, ${sum} and ${digest} came back`);
      return undefined;
    },
  },
  {
    name: 'large',
    claim: 'a large result arrives whole',
    advice: 'Large results go through the storage: run `skein test storage`, and look at its free space.',
    async run({ executor }) {
      const result = await executor.callAsync((size: number) => new Uint8Array(size).fill(7), largeBytes);
      expect(
        result.length === largeBytes && result.every((byte) => byte === 7),
        `${largeBytes} bytes were sent, ${result.length} came back, or others`,
      );
      return bytes(largeBytes);
    },
  },
  {
    name: 'death',
    claim: 'a killed worker is noticed, and another takes its place',
    advice: 'A call whose worker dies would not end: set `timeoutMs`, and tell us of this backend.',
    async run({ executor, values }) {
      const backend = values.backend ?? 'localhost';
      if (values.localhost?.isolation === 'thread' && backend === 'localhost')
        return new Skipped('threads share the fate of this process');
      const future = executor.callAsync(() => {
        process.kill(process.pid, 'SIGKILL');
        return sleep(60_000);
      });
      const error: unknown = await future.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      const name = error instanceof Error ? error.name : kindOf(error);
      expect(
        codeOf(error) === 'worker-lost',
        `a WorkerLostError was expected, ${name} came: ${String(error)}`,
      );
      expect((await executor.callAsync((n: number) => n + 1, 1)) === 2, 'no other worker answered');
      return undefined;
    },
  },
  {
    name: 'parallel',
    claim: 'workers run at the same time',
    advice: 'Look at `workers` in the configuration, and at the CPU limits that `skein doctor` shows.',
    async run({ executor, values }) {
      const configured = values.workers ?? availableParallelism();
      const wanted = Math.min(configured, mostWorkers);
      const spans = await executor.map(
        async (ms: number) => {
          const start = Date.now();
          await sleep(ms);
          return { start, end: Date.now() };
        },
        new Array<number>(wanted * rounds).fill(roundMs),
        { chunksize: 1 },
      );
      const most = mostAtOnce(spans);
      expect(wanted === 1 || most > 1, `with ${configured} workers configured, never two calls ran at once`);
      return `${most} of ${wanted} at once`;
    },
  },
];

function mostAtOnce(spans: readonly { readonly start: number; readonly end: number }[]): number {
  return Math.max(
    ...spans.map(({ start }) => spans.filter((other) => other.start <= start && start < other.end).length),
  );
}

function kindOf(value: unknown): string {
  return value instanceof Error ? `${value.name} (${value.message})` : String(value);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error ? Reflect.get(error, 'code') : undefined;
}
