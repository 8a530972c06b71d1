/** Real servers that find each other by a real etcd, and a client at work. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Dso } from '@skein/dso';
import { expect } from 'vitest';
import { type Etcd, findEtcd, startEtcd } from '../../../../tools/servers/etcd.ts';
import { serverForTests } from '../../../../tools/servers/for-tests.ts';
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

export interface ClusterShape {
  readonly servers: number;
  readonly replicas: number;
  /** Of every server. */
  readonly flags?: readonly string[];
}

const SLOTS = 4096;

/** Clusters of a file's tests, all by one etcd. */
export function clusters(): (shape: ClusterShape) => Promise<Cluster> {
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
    const isSettled = async (): Promise<boolean> => {
      const primaries = new Map<string, number>();
      for (const { primary, inSync, learners } of await records(url, name)) {
        if (inSync.length !== replicas || learners.length > 0) return false;
        primaries.set(primary, (primaries.get(primary) ?? 0) + 1);
      }
      const shares = [...primaries.values()];
      return shares.length === servers && shares.every((share) => share > (0.89 * SLOTS) / servers);
    };
    return {
      etcd: etcd(),
      addresses,
      start: (address, own = []) => startProgram(['--listen', address, ...membership, ...flags, ...own]),
      settled: () => expect.poll(isSettled, { timeout: 100_000, interval: 300 }).toBe(true),
    };
  };
}

interface SlotRecord {
  readonly primary: string;
  readonly inSync: readonly string[];
  readonly learners: readonly string[];
}

/** What etcd says of all slots; nothing before it knows them all. */
async function records(url: string, name: string): Promise<readonly SlotRecord[]> {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const range = { key: base64(`skein/${name}/slot/`), range_end: base64(`skein/${name}/slot0`) };
  const response = await fetch(`${url}/v3/kv/range`, { method: 'POST', body: JSON.stringify(range) });
  const { kvs = [] } = (await response.json()) as { kvs?: readonly { readonly value: string }[] };
  if (kvs.length < SLOTS) return [];
  return kvs.map(({ value }) => JSON.parse(Buffer.from(value, 'base64').toString()) as SlotRecord);
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
