/** Servers that find each other by etcd, with --data: what they have acknowledged outlives all of them. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ConnectOptions, type Dso, OutcomeUnknownError, open } from '@skein/dso';
import { expect, onTestFinished, test } from 'vitest';
import { findEtcd, startEtcd } from '../../../tools/servers/etcd.ts';
import { serverForTests } from '../../../tools/servers/for-tests.ts';
import { startServer } from '../src/index.ts';
import { failure } from './support/client.ts';
import { folder } from './support/folder.ts';
import { freePorts } from './support/ports.ts';
import { type StartedServer, startProgram } from './support/server.ts';

const etcd = serverForTests(findEtcd, startEtcd);

/** Of an operation: on a machine that is busy beyond its lease times, servers are members by turns. */
const PATIENCE_MS = 120_000;
const LEASE_MS = 6000;
const NAMES = Array.from({ length: 8 }, (_, i) => `counter ${i}`);

interface Cluster {
  readonly addresses: readonly string[];
  readonly url: string;
  readonly membership: string;
  dataOf(address: string): string;
  start(address: string): Promise<StartedServer>;
}

async function cluster(servers: number): Promise<Cluster> {
  const base = folder();
  const membership = `etcd:${etcd().url}/${randomUUID()}`;
  const addresses = (await freePorts(servers)).map((port) => `127.0.0.1:${port}`);
  const dataOf = (address: string): string => join(base, address.replace(':', '-'));
  return {
    addresses,
    url: `dso://${addresses.join(',')}`,
    membership,
    dataOf,
    start: (address) =>
      startProgram([
        ...['--listen', address, '--membership', membership, '--replicas', String(servers)],
        ...['--lease-ms', String(LEASE_MS), '--data', dataOf(address), '--snapshot-after-bytes', '32KiB'],
      ]),
  };
}

/** Connects, however long servers are too busy to welcome it; closes after the test. */
async function connected(url: string, options: ConnectOptions): Promise<Dso> {
  const dso = open(url, options);
  onTestFinished(() => dso.close());
  const isReady = (): Promise<boolean> =>
    dso.ready().then(
      () => true,
      () => false,
    );
  await expect.poll(isReady, { timeout: PATIENCE_MS }).toBe(true);
  return dso;
}

/** Increments each counter over and over until it is told to stop; gives what was acknowledged. */
function increment(dso: Dso): {
  done(): number;
  stop(): Promise<{ counts: readonly number[]; unknown: number }>;
} {
  let isOver = false;
  let unknown = 0;
  const counts = NAMES.map(() => 0);
  const ended = Promise.all(
    NAMES.map(async (name, i) => {
      const counter = dso.counter(name);
      while (!isOver) {
        try {
          await counter.increment();
          counts[i]!++;
        } catch (error) {
          if (!(error instanceof OutcomeUnknownError)) throw error;
          unknown++;
        }
      }
    }),
  );
  ended.catch(() => {}); // heard of by stop()
  return {
    done: () => counts.reduce((sum, count) => sum + count, 0),
    async stop() {
      isOver = true;
      await ended;
      return { counts, unknown };
    },
  };
}

async function more(work: { done(): number }, count: number): Promise<void> {
  const before = work.done();
  await expect
    .poll(() => work.done() - before, { timeout: PATIENCE_MS, interval: 20 })
    .toBeGreaterThan(count);
}

const tallies = (dso: Dso): Promise<number[]> => Promise.all(NAMES.map((name) => dso.counter(name).tally()));

test('all are killed at once under load and started again: every count is exact, and who held a lock holds it', async () => {
  const { addresses, url, start, dataOf } = await cluster(2);
  const servers = await Promise.all(addresses.map(start));
  const dso = await connected(url, { timeoutMs: PATIENCE_MS, sessionTtlMs: 60_000 });
  const lock = dso.lock('held');
  const token = await lock.acquire();
  const taken = dso.queue<string>('queue').take();
  taken.catch(() => {}); // heard of below
  const work = increment(dso);
  await more(work, 300);
  await Promise.all(servers.map((server) => server.end('SIGKILL')));
  await Promise.all(addresses.map(start));
  await more(work, 300);
  // While there is work: one that was in sync late has less in its log, and only what is logged leads to a snapshot.
  for (const address of addresses)
    await expect
      .poll(() => existsSync(join(dataOf(address), 'snapshots')), { timeout: PATIENCE_MS })
      .toBe(true);
  const { counts, unknown } = await work.stop();
  // The client has asked again for all that had no answer, and each was done once.
  expect(unknown).toBe(0);
  expect(await tallies(dso)).toEqual(counts);
  await dso.queue<string>('queue').put('came');
  expect(await taken).toBe('came');
  await lock.release(token);
}, 600_000);

test('who was not in sync at the end does not serve what it has: all wait for who was', async () => {
  const { addresses, url, start, membership, dataOf } = await cluster(2);
  const [first, second] = await Promise.all(addresses.map(start));
  const dso = await connected(url, { timeoutMs: PATIENCE_MS });
  for (const name of NAMES) await dso.counter(name).increment();
  await first!.end('SIGKILL');
  // What the first one has is of the past from here on.
  for (const name of NAMES) await dso.counter(name).increment();
  await second!.end('SIGKILL');
  const stale = await start(first!.address);
  const other = await connected(`dso://${first!.address}`, { timeoutMs: 3000 });
  const refused = async (name: string): Promise<void> => {
    expect(await failure(other.counter(name).tally())).toMatchObject({ code: 'timeout' });
    expect(await failure(other.counter(name).increment())).toMatchObject({
      code: expect.stringMatching(/timeout|outcome-unknown/),
    });
  };
  await Promise.all(NAMES.map(refused));
  const back = await start(second!.address);
  expect(await tallies(dso)).toEqual(NAMES.map(() => 2));
  await Promise.all([stale.end('SIGTERM'), back.end('SIGTERM')]);

  // Its data is that of one member of one cluster.
  const data = dataOf(back.address);
  const options = { listen: back.address, membership, data } as const;
  await expect(startServer({ ...options, membership: `${membership}-other` })).rejects.toMatchObject({
    code: 'foreign',
    message: expect.stringMatching(/belongs to the cluster \S+, and this is the cluster \S+$/),
  });
  await expect(startServer({ ...options, listen: '127.0.0.1:0' })).rejects.toMatchObject({
    code: 'foreign',
    message: expect.stringContaining(`${data} belongs to the member ${back.address}`),
  });
}, 600_000);
