/** Three servers that find each other by etcd, two of which hold each object: what is acknowledged survives any of them. */
import { randomUUID } from 'node:crypto';
import type { Dso } from '@skein/dso';
import { expect, test } from 'vitest';
import { findEtcd, startEtcd } from '../../../tools/servers/etcd.ts';
import { serverForTests } from '../../../tools/servers/for-tests.ts';
import { authority } from './support/certificates.ts';
import { client } from './support/client.ts';
import { file } from './support/folder.ts';
import { freePorts } from './support/ports.ts';
import { type StartedServer, startProgram } from './support/server.ts';

const etcd = serverForTests(findEtcd, startEtcd);

/** Of an operation: on a machine that is busy beyond its lease times, servers are members by turns. */
const PATIENCE_MS = 120_000;

interface Cluster {
  readonly addresses: readonly string[];
  start(address: string): Promise<StartedServer>;
  /** Waits until every slot is held by as many servers as it should be, and each server has its share. */
  settled(): Promise<void>;
}

async function cluster(servers: number, flags: readonly string[] = []): Promise<Cluster> {
  const name = randomUUID();
  const addresses = (await freePorts(servers)).map((port) => `127.0.0.1:${port}`);
  const membership = ['--membership', `etcd:${etcd().url}/${name}`, '--replicas', '2', '--lease-ms', '4000'];
  const isSettled = async (): Promise<boolean> => {
    const primaries = new Map<string, number>();
    for (const { primary, inSync, learners } of await records(name)) {
      if (inSync.length !== 2 || learners.length > 0) return false;
      primaries.set(primary, (primaries.get(primary) ?? 0) + 1);
    }
    const shares = [...primaries.values()];
    return shares.length === servers && shares.every((share) => share > (0.89 * SLOTS) / servers);
  };
  return {
    addresses,
    start: (address) => startProgram(['--listen', address, ...membership, ...flags]),
    settled: () => expect.poll(isSettled, { timeout: PATIENCE_MS, interval: 300 }).toBe(true),
  };
}

const SLOTS = 4096;

interface SlotRecord {
  readonly primary: string;
  readonly inSync: readonly string[];
  readonly learners: readonly string[];
}

/** What etcd says of all slots; nothing before it knows them all. */
async function records(name: string): Promise<readonly SlotRecord[]> {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const range = { key: base64(`skein/${name}/slot/`), range_end: base64(`skein/${name}/slot0`) };
  const response = await fetch(`${etcd().url}/v3/kv/range`, { method: 'POST', body: JSON.stringify(range) });
  const { kvs = [] } = (await response.json()) as { kvs?: readonly { readonly value: string }[] };
  if (kvs.length < SLOTS) return [];
  return kvs.map(({ value }) => JSON.parse(Buffer.from(value, 'base64').toString()) as SlotRecord);
}

/** Increments counters, over and over until it is told to stop, and counts what was acknowledged. */
function increment(
  dso: Dso,
  names: readonly string[],
): { stop(): Promise<readonly number[]>; done(): number } {
  let isOver = false;
  let total = 0;
  const acknowledged = names.map(() => 0);
  const workers = names.map(async (name, i) => {
    const counter = dso.counter(name);
    while (!isOver) {
      await counter.increment();
      acknowledged[i]!++;
      total++;
    }
  });
  const ended = Promise.all(workers);
  ended.catch(() => {}); // heard of by stop()
  return {
    async stop() {
      isOver = true;
      await ended;
      return acknowledged;
    },
    done: () => total,
  };
}

const NAMES = Array.from({ length: 12 }, (_, i) => `counter ${i}`);

async function more(work: { done(): number }, count: number): Promise<void> {
  const before = work.done();
  await expect
    .poll(() => work.done() - before, { timeout: PATIENCE_MS, interval: 20 })
    .toBeGreaterThan(count);
}

test('a server is killed, comes back, another is stopped for longer than its lease: every count is exact', async () => {
  const { addresses, start, settled } = await cluster(3);
  const [a, b] = await Promise.all(addresses.map(start));
  await settled();
  const dso = await client(`dso://${addresses.join(',')}`, { timeoutMs: PATIENCE_MS });
  const lock = dso.lock('held');
  const token = await lock.acquire();
  const work = increment(dso, NAMES);
  await more(work, 200);

  await a!.end('SIGKILL');
  // All of them go on, those of the dead server too.
  for (const name of NAMES) await dso.counter(name).increment();
  await more(work, 200);
  await start(a!.address);
  await settled();

  b!.child.kill('SIGSTOP');
  for (const name of NAMES) await dso.counter(name).increment();
  await more(work, 200);
  b!.child.kill('SIGCONT');
  await more(work, 200);

  const acknowledged = await work.stop();
  const totals = await Promise.all(NAMES.map((name) => dso.counter(name).tally()));
  expect(totals).toEqual(acknowledged.map((count) => count + 2));
  // Whoever holds the lock holds it through all of this.
  await lock.release(token);
}, 600_000);

class Account {
  balance = 0;

  deposit(amount: number): number {
    this.balance += amount;
    return this.balance;
  }
}

test('over TLS, with a token: what waits at a server that ends goes on at the other, and so do objects of classes', async () => {
  const { ca, issue } = authority('own');
  const { cert, key } = issue('server');
  const tokenFile = file('token', 'secret');
  const tls = ['--tls-cert', cert, '--tls-key', key, '--tls-client-ca', ca, '--auth-token-file', tokenFile];
  const { addresses, start, settled } = await cluster(2, tls);
  const [a] = await Promise.all(addresses.map(start));
  await settled();
  const mine = issue('client');
  const dso = await client(`dsos://${addresses.join(',')}`, {
    tokenFile,
    caFile: ca,
    certFile: mine.cert,
    keyFile: mine.key,
  });
  const numbers = [0, 1, 2, 3, 4, 5, 6, 7];
  const taken = numbers.map((i) => dso.queue<number>(`queue ${i}`).take());
  const accounts = numbers.map((i) => dso.object(`account ${i}`, Account));
  for (const account of accounts) expect(await account.deposit(1)).toBe(1);
  expect(await a!.end('SIGTERM')).toBe(0);
  for (const account of accounts) expect(await account.deposit(2)).toBe(3);
  for (const i of numbers) await dso.queue<number>(`queue ${i}`).put(i);
  expect(await Promise.all(taken)).toEqual(numbers);
}, 600_000);
