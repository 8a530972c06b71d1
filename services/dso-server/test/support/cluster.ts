/** Real servers that find each other by a real etcd, and a client at work. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Dso } from '@skein/dso';
import { expect } from 'vitest';
import { type Etcd, findEtcd, startEtcd } from '../../../../tools/servers/etcd.ts';
import { serverForTests } from '../../../../tools/servers/for-tests.ts';
import { type ClusterShape, type Share, settled } from '../../../../tools/servers/settled.ts';
import { freePorts } from './ports.ts';
import { type StartedServer, startProgram } from './server.ts';

export interface Cluster {
  readonly etcd: Etcd;
  /** Where servers are to listen. */
  readonly addresses: readonly string[];
  start(address: string, flags?: readonly string[]): Promise<StartedServer>;
  /** Waits until every slot is held by as many servers as it should be, and each server has its share. */
  settled(): Promise<void>;
}

/** Clusters of a file's tests, all by one etcd; with flags of every server. */
export function clusters(): (
  shape: ClusterShape & { readonly flags?: readonly string[] },
) => Promise<Cluster> {
  const etcd = serverForTests(findEtcd, startEtcd);
  return async ({ servers, replicas, flags = [] }) => {
    const name = randomUUID();
    const addresses = (await freePorts(servers)).map((port) => `127.0.0.1:${port}`);
    const { url } = etcd();
    const membership = [
      '--membership',
      `etcd:${url}/${name}`,
      '--replicas',
      `${replicas}`,
      '--lease-ms',
      '4000',
    ];
    return {
      etcd: etcd(),
      addresses,
      start: (address, own = []) => startProgram(['--listen', address, ...membership, ...flags, ...own]),
      settled: () => settled(() => shares(url, name), { servers, replicas }, 100_000),
    };
  };
}

interface SlotRecord {
  readonly primary: string;
  readonly inSync: readonly string[];
  readonly learners: readonly string[];
}

/** What etcd says of all slots: who has how much. */
async function shares(url: string, name: string): Promise<readonly Share[]> {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const range = { key: base64(`skein/${name}/slot/`), range_end: base64(`skein/${name}/slot0`) };
  const response = await fetch(`${url}/v3/kv/range`, { method: 'POST', body: JSON.stringify(range) });
  const { kvs = [] } = (await response.json()) as { kvs?: readonly { readonly value: string }[] };
  const found = new Map<string, Share>();
  const count = (member: string, part: keyof Share): void => {
    const share = found.get(member) ?? { primary: 0, backup: 0, learner: 0 };
    found.set(member, { ...share, [part]: share[part] + 1 });
  };
  for (const { value } of kvs) {
    const record = JSON.parse(Buffer.from(value, 'base64').toString()) as SlotRecord;
    for (const member of record.inSync) count(member, member === record.primary ? 'primary' : 'backup');
    for (const member of record.learners) count(member, 'learner');
  }
  return [...found.values()];
}

export interface Work {
  /** Ends it: how often each counter's increments were acknowledged. Rejects if one has failed. */
  stop(): Promise<readonly number[]>;
  /** Waits until so many more were acknowledged. */
  more(count: number): Promise<void>;
}

/** Increments counters, over and over until it is told to stop, and counts what was acknowledged. */
export function increment(dso: Dso, names: readonly string[]): Work {
  let isOver = false;
  let total = 0;
  const acknowledged = names.map(() => 0);
  const workers = names.map(async (name, i) => {
    const counter = dso.counter(name);
    while (!isOver) {
      await counter.increment();
      acknowledged[i]!++;
      total++;
      // Some hundred a second of all are enough: the servers shall not have to fight for the processor.
      await delay(25);
    }
  });
  return {
    async stop() {
      isOver = true;
      await Promise.all(workers);
      return acknowledged;
    },
    async more(count) {
      const before = total;
      await expect.poll(() => total - before, { timeout: 60_000, interval: 20 }).toBeGreaterThan(count);
    },
  };
}
