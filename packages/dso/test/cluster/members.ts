/** Members of a cluster, each a process of its own, with a real etcd, and wires between them that can be cut. */
import { randomUUID } from 'node:crypto';
import { afterAll } from 'vitest';
import type { Etcd } from '../../../../tools/servers/etcd.ts';
import { freePort } from '../../../../tools/servers/free-port.ts';
import { settled } from '../../../../tools/servers/settled.ts';
import { endProcess, nextMessage, startProcess } from '../support/processes.ts';
import type { MemberProgramOptions, MemberView } from './member-program.ts';
import { type Wires, wires } from './wires.ts';

export interface Member {
  /** Where others and clients reach it. */
  readonly address: string;
  view(): Promise<MemberView>;
  signal(signal: NodeJS.Signals): void;
  /** Ends this life of it and begins another at the same address. */
  killAndRestart(): Promise<void>;
}

export interface Members {
  readonly url: string;
  readonly members: readonly Member[];
  readonly wires: Wires;
  /** Waits until every slot is held by as many as it should be, and each member has its share. */
  settled(): Promise<void>;
}

const PROGRAM = new URL('member-program.ts', import.meta.url).href;
const LEASE_MS = 4000;
/** On a machine that is busy beyond that, members are some by turns. */
const PATIENCE_MS = 120_000;

/** Starts so many; they are gone after the file's tests. */
export async function startMembers(etcd: Etcd, count: number, replicas: number): Promise<Members> {
  const prefix = `test/${randomUUID()}/`;
  const ports: number[] = [];
  for (let i = 0; i < count; i++) ports.push(await freePort());
  const between = await wires(ports);
  const members = await Promise.all(
    between.advertised.map((address, i) =>
      startMember({ port: ports[i]!, address, url: etcd.url, prefix, replicas, leaseMs: LEASE_MS }),
    ),
  );
  return {
    url: `dso://${between.advertised.join(',')}`,
    members,
    wires: between,
    settled: () =>
      settled(async () => (await members[0]!.view()).shares, { servers: count, replicas }, PATIENCE_MS),
  };
}

async function startMember(options: MemberProgramOptions): Promise<Member> {
  const start = async (): Promise<ReturnType<typeof startProcess>> => {
    const child = startProcess(PROGRAM, [JSON.stringify(options)]);
    await nextMessage<MemberView>(child);
    return child;
  };
  let child = await start();
  afterAll(() => endProcess(child, 'SIGKILL'));
  return {
    address: options.address,
    view() {
      const view = nextMessage<MemberView>(child);
      child.send('view');
      return view;
    },
    signal: (signal) => void child.kill(signal),
    async killAndRestart() {
      await endProcess(child, 'SIGKILL');
      child = await start();
    },
  };
}
