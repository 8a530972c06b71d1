/** What operators and `dso.stats()`, `dso.members()`, `dso.clear()` ask of a node. */
import type { DurabilityStats } from '../durable/durability.ts';
import { Refusal } from '../engine/refusal.ts';
import { MAX_LEASE_ID } from '../lease.ts';
import type { Value } from '../value/value.ts';
import { censusOf, isRank, objectsOf } from './census.ts';
import type { Node } from './node.ts';

export interface NodeStats {
  readonly address: string;
  readonly incarnation: string;
  /** Seconds. */
  readonly uptime: number;
  readonly connections: number;
  readonly objects: number;
  /** Of all objects, about. */
  readonly bytes: number;
  readonly maxMemoryBytes: number;
  readonly sessions: number;
  /** Those of programs that have objects here. */
  readonly leases: number;
  /** Of answers that their clients have not acknowledged: those over 1 KB. */
  readonly keptBytes: number;
  /** Operations that wait, such as for a lock. */
  readonly waiting: number;
  /** Since the start: operations that write, that read, that were refused; user code that ran. */
  readonly writes: number;
  readonly reads: number;
  readonly refused: number;
  readonly tasks: number;
  readonly malformedMessages: number;
  readonly unauthorizedClients: number;
  /** Slots that it holds. */
  readonly slots: number;
  /** Entries of its slots that wait to be logged by those that have copies of them. */
  readonly replicationLag: number;
  /** Snapshots of slots that it sends to others, and those that wait for their turn. */
  readonly transfers: number;
  readonly transfersWaiting: number;
  /** Of its data directory; `undefined`: what it holds is in memory only. */
  readonly durability?: DurabilityStats | undefined;
}

export function statsOf(node: Node): NodeStats {
  const { calls, ...stats } = node.engine.stats();
  const { lag, transfers, transfersWaiting } = node.replication();
  return {
    address: node.address,
    incarnation: node.engine.incarnation,
    uptime: (Date.now() - node.startedAt) / 1000,
    connections: node.endpoints.size,
    ...stats,
    writes: calls,
    maxMemoryBytes: node.limits.maxMemoryBytes,
    malformedMessages: node.counters.malformed,
    unauthorizedClients: node.counters.unauthorized,
    slots: node.slotCount,
    replicationLag: lag,
    transfers,
    transfersWaiting,
    durability: node.durability?.stats(),
  };
}

/** Answers are JSON, for they are for people and their tools. */
export function administer(node: Node, name: string, args: readonly Value[]): Value | Promise<Value> {
  switch (name) {
    case 'stats':
      return JSON.stringify(statsOf(node));
    case 'members':
      return JSON.stringify(node.members);
    case 'shares':
      return JSON.stringify(node.shares());
    case 'census': {
      const [prefix, limit, by] = args;
      if (typeof prefix !== 'string' || typeof limit !== 'number' || !isRank(by))
        throw new Refusal(
          'bad-argument',
          "a census is asked for by a prefix, a limit, and 'bytes' or 'waiting'",
        );
      return censusOf(node, prefix, limit, by).then((census) => JSON.stringify(census));
    }
    case 'drain': {
      const [isDraining] = args;
      if (typeof isDraining !== 'boolean')
        throw new Refusal('bad-argument', 'a member is told to drain, true, or to stay, false');
      node.setDraining(isDraining);
      return null;
    }
    case 'ring':
      return JSON.stringify(
        node.ring.members.map((member) => ({ member, slots: node.ring.slotsOf(member) })),
      );
    case 'objects': {
      const [prefix, limit] = args;
      return JSON.stringify(
        objectsOf(
          node,
          typeof prefix === 'string' ? prefix : '',
          typeof limit === 'number' ? limit : undefined,
        ),
      );
    }
    case 'code': {
      const [hash, text] = args;
      if (typeof hash !== 'string' || !(text instanceof Uint8Array))
        throw new Refusal('bad-argument', 'code is sent as its hash and its text');
      node.addCode(hash, text);
      return logged(node);
    }
    case 'preloaded':
      return JSON.stringify(node.userTasks.preloaded);
    case 'clear':
      node.engine.clear();
      return logged(node);
    case 'renew-lease':
      return node.engine.leases.renew(leaseId(args));
    case 'end-lease':
      return node.engine.leases.end(leaseId(args)).then(() => logged(node));
    default:
      throw new Refusal('protocol', `no administration is called '${name}'`);
  }
}

/** What was done is not undone by the node's end. */
function logged({ durability }: Node): null | Promise<null> {
  return durability === undefined ? null : durability.settled().then(() => null);
}

function leaseId([id]: readonly Value[]): string {
  if (typeof id !== 'string' || id === '' || id.length > MAX_LEASE_ID)
    throw new Refusal('bad-argument', `a lease is named by 1 to ${MAX_LEASE_ID} characters`);
  return id;
}
