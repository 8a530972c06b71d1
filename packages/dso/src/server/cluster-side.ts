/** What a node that is a member of a cluster has besides: its slots come and go, and it speaks with the other members. */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { dialOf, type TlsFiles } from '../client/dial.ts';
import type { Coordinator } from '../cluster/coordinator.ts';
import { Member } from '../cluster/member.ts';
import type { PeerMessage } from '../cluster/messages.ts';
import { systemLeaseClock } from '../cluster/node-lease.ts';
import { addressOf, durableId, type MemberId } from '../cluster/record.ts';
import type { Durability } from '../durable/durability.ts';
import { JournalLog } from '../durable/journal-log.ts';
import { type Clock, systemClock } from '../engine/clock.ts';
import type { Engine } from '../engine/engine.ts';
import type { Refusal } from '../engine/refusal.ts';
import { TYPES } from '../objects/types.ts';
import { SLOTS } from '../ring/hash.ts';
import type { Ring } from '../ring/ring.ts';
import { Peers } from './peers.ts';

export interface ClusterOptions {
  /** Where members agree; closed with the node. */
  readonly coordinator: Coordinator;
  /** Before all of the cluster's keys there, such as `skein/dso/`. */
  readonly prefix: string;
  /** Members that hold each slot. */
  readonly replicas: number;
  /** How other members are reached; `undefined`: without TLS. */
  readonly tls?: TlsFiles | undefined;
  /** After how long a silence others take a member's slots over, milliseconds. @default 2000 */
  readonly leaseMs?: number | undefined;
}

interface ClusterSideOptions extends ClusterOptions {
  readonly address: string;
  readonly token: string | undefined;
  readonly clock?: Clock | undefined;
  readonly durability: Durability | undefined;
  /** Who the members are has changed. */
  onMembers(addresses: readonly string[]): void;
  /** Code of users has come from another member. */
  addCode(hash: string, bytes: Uint8Array): void;
}

export class ClusterSide {
  readonly id: MemberId;
  readonly member: Member;
  readonly #options: ClusterSideOptions;
  readonly #peers: Peers;
  readonly #code = new Map<string, Uint8Array>();
  #members: readonly string[];
  #closing: Promise<void> | undefined;

  constructor(options: ClusterSideOptions) {
    const { address, token, tls, coordinator, prefix, replicas, clock = systemClock, leaseMs } = options;
    const { durability } = options;
    this.#options = options;
    this.#members = [address];
    this.id =
      durability === undefined
        ? `${address}#${randomBytes(6).toString('hex')}`
        : durableId(address, durability.identity.life);
    for (const [hash, bytes] of durability?.code ?? []) this.#code.set(hash, bytes);
    const scheme = tls === undefined ? 'dso' : 'dsos';
    this.#peers = new Peers({
      me: this.id,
      token,
      dial: (host) => dialOf({ url: `${scheme}://${host}`, scheme, hosts: [host] }, host, tls ?? {}),
      onConnected: (id) => this.member.reconnected(id),
      onRefused: (id) => this.member.refused(id),
      code: () => this.#allCode(),
    });
    this.member = new Member({
      id: this.id,
      replicas,
      coordinator,
      prefix,
      clock,
      leaseClock: systemLeaseClock,
      types: TYPES,
      log: durability && new JournalLog(durability.journal, durability.slots),
      send: (to, message) => this.#peers.send(to, message),
      hasSent: (id) => this.#peers.hasSent(id),
      defer: (work) => process.nextTick(work),
      newLife: () => randomBytes(9).toString('base64url'),
      onMembers: (addresses) => this.#changed(addresses),
      ...(leaseMs === undefined ? {} : { ttlMs: leaseMs }),
    });
  }

  /** The members as clients are to know them. */
  get members(): readonly string[] {
    return this.#members;
  }

  get ring(): Ring | undefined {
    return this.member.ring;
  }

  start(engine: Engine): void {
    this.member.start(engine);
    this.#options.durability?.start({
      slots: () => [...Array(SLOTS).keys()].filter((slot) => this.member.replica(slot)?.hasState),
      capture: (slot) => this.member.replica(slot)?.capture(),
    });
  }

  elsewhere(slot: number): Refusal {
    return this.member.elsewhere(slot);
  }

  receive(from: MemberId, message: PeerMessage): void {
    if (message.kind === 'code') {
      this.#code.set(message.hash, message.bytes);
      this.#options.durability?.keepCode(message.hash, message.bytes);
      this.#options.addCode(message.hash, message.bytes);
    } else this.member.receive(from, message);
  }

  /** Code that a client has sent: methods have to run wherever their objects go. */
  shareCode(hash: string, bytes: Uint8Array): void {
    const kept = Uint8Array.from(bytes);
    this.#code.set(hash, kept);
    this.#peers.broadcast({ kind: 'code', hash, bytes: kept });
  }

  /**
   * Gives what it holds to others, and answers for it meanwhile. Resolves when others have it all, when there are none, or
   * after so long.
   */
  async handOver(timeoutMs: number): Promise<void> {
    const end = performance.now() + timeoutMs;
    this.member.drain(true);
    while (this.member.hasOthers && !this.member.isEmpty && performance.now() < end) {
      if (this.#closing !== undefined) return;
      await delay(LOOK_MS);
    }
  }

  /** Leaves: others take over at once. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    // A coordinator that does not answer finds it out by itself.
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LEAVE_MS);
    });
    await Promise.race([new Promise<void>((resolve) => this.member.close(resolve)), late]);
    clearTimeout(timer);
    this.#options.coordinator.close();
    this.#peers.close();
  }

  *#allCode(): Iterable<PeerMessage> {
    for (const [hash, bytes] of this.#code) yield { kind: 'code', hash, bytes };
  }

  #changed(addresses: readonly string[]): void {
    const others = new Set(addresses);
    this.#peers.keep((id) => others.has(addressOf(id)) && this.member.isAlive(id));
    if (addresses.length === 0) return;
    this.#members = addresses;
    this.#options.onMembers(addresses);
  }
}

const LEAVE_MS = 1000;
/** Between two looks at what is left. */
const LOOK_MS = 50;
