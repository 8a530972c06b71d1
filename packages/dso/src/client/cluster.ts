/** All members of a cluster, as this process sees them: which holds an object, and the one connection to each. */
import { createHash } from 'node:crypto';
import type { Site } from '@skein/codec';
import { NestedCallError } from '../errors.ts';
import type { Lease } from '../lease.ts';
import { isWithinMethod, processState } from '../process-state.ts';
import { slotOf } from '../ring/hash.ts';
import { Ring } from '../ring/ring.ts';
import type { Value } from '../value/value.ts';
import type { Welcome } from '../wire/messages.ts';
import { type ClusterAddress, parseAddress } from './address.ts';
import { callerOf } from './caller.ts';
import { now } from './clock.ts';
import { dialOf, type TlsFiles } from './dial.ts';
import { Heartbeats } from './heartbeats.ts';
import { Link } from './link.ts';
import type { LinkSession } from './link-session.ts';
import { type CallKind, Pending, type Times, type Undo } from './pending.ts';
import { SessionBook } from './session-book.ts';
import { ClientTarget } from './target.ts';

/** The times are those of calls whose handles have none of their own. */
export interface ClusterOptions extends Times {
  readonly address: ClusterAddress;
  readonly token: string | undefined;
  readonly tls: TlsFiles;
  readonly sessionTtlMs: number;
  /** Of a node in this process: rejects when it could not start. */
  readonly started?: Promise<void>;
}

export interface CallOptions {
  /** @default that of `connect`: 30 s, and 10 min for what waits for others */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface WriteOptions extends CallOptions {
  /** The token that `lock.acquire()` gave: refused when the object has seen a higher one. */
  readonly fence?: number | undefined;
}

/** Objects whose numbers are remembered, at least; and at most twice as many. */
const MAX_TARGETS = 100_000;
/** In a cluster, before a slot is asked for again of which nobody knew who holds it, milliseconds. */
const ASK_AGAIN_MS = 20;
/** Members to which there are connections in any case: one that falls silent does not say so, and others do. */
const NEWS = 4;
/** Between two rounds of asking all hosts who the members are, while calls wait for that, milliseconds. */
const LOOK_AGAIN_MS = 250;

export class Cluster {
  readonly options: ClusterOptions;
  readonly #links = new Map<string, Link>();
  /** Two generations: to take the oldest out of a large map, one at a time, costs a search each. */
  #targets = new Map<string, ClientTarget>();
  #olderTargets = new Map<string, ClientTarget>();
  readonly #heartbeats: Heartbeats;
  /** Who holds which slot; `undefined` until a member has said who they are. */
  #ring: Ring | undefined;
  /** Slots move, and what follows of that: it is known with the members. */
  #isCluster = false;
  /** Who holds a slot that is not where the ring has it, as members have said. */
  readonly #hints = new Map<number, string>();
  /** That of all links: to members that are no cluster each has one of its own. */
  readonly #book = new SessionBook();
  /** Sessions whose signs of life come from the thread: in a cluster they go to all members. */
  readonly #kept = new Set<LinkSession>();
  /** Operations of which nobody knows where to take them: they are asked again in a moment. */
  #astray = 0;
  #newsTimer: NodeJS.Timeout | undefined;
  #discovering: Promise<void> | undefined;
  #looking = false;
  /** The host that was the first to say who the members are. */
  #first: string | undefined;
  #users = 0;
  /** Handles have travelled here, which nobody closes. */
  #isForGood = false;
  #closed = false;

  constructor(options: ClusterOptions) {
    this.options = options;
    this.#heartbeats = new Heartbeats(options);
  }

  get url(): string {
    return this.options.address.url;
  }

  /** The members, as far as they are known. */
  get members(): readonly string[] {
    return this.#ring?.members ?? this.options.address.hosts;
  }

  /** Resolves when a member has answered. Rejects with why none does. */
  open(): Promise<void> {
    if (this.#ring !== undefined) return Promise.resolve();
    this.#discovering ??= this.#discover().finally(() => {
      this.#discovering = undefined;
    });
    return this.#discovering;
  }

  /** Somebody uses it until the answer is called; the last one closes it. */
  use(): () => Promise<void> {
    this.#users++;
    let isUsed = true;
    return async () => {
      if (!isUsed) return;
      isUsed = false;
      this.#users--;
      if (this.#users > 0) return;
      if (this.#isForGood) await this.#rest();
      else await this.close();
    };
  }

  /** Handles that have travelled here use it as long as the process lives. */
  keep(): void {
    this.#isForGood = true;
  }

  target(
    type: string,
    key: string,
    config: readonly Value[],
    mode: 'create' | 'await',
    lease?: Lease,
  ): ClientTarget {
    const isPlain = config.every((value) => typeof value !== 'object' || value === null);
    if (!isPlain) return new ClientTarget(type, key, slotOf(type, key), config, mode, lease);
    const name = `${type}\0${key}\0${mode}\0${lease?.id ?? ''}\0${config.map((value) => `${typeof value}${String(value)}`).join('\0')}`;
    const known = this.#targets.get(name);
    if (known !== undefined) return known;
    const target =
      this.#olderTargets.get(name) ?? new ClientTarget(type, key, slotOf(type, key), config, mode, lease);
    if (this.#targets.size >= MAX_TARGETS) {
      this.#olderTargets = this.#targets;
      this.#targets = new Map();
    }
    this.#targets.set(name, target);
    return target;
  }

  call(
    site: Site,
    kind: CallKind,
    target: ClientTarget,
    operation: number,
    args: readonly Value[],
    options: WriteOptions | undefined,
    times: Times | undefined,
    undo?: Undo,
  ): Promise<Value> {
    if (isWithinMethod())
      return Promise.reject(
        new NestedCallError(`${target.type} '${target.key}' was called within a method of a shared object`),
      );
    const { timeoutMs, waitTimeoutMs } = times ?? this.options;
    const at = now();
    const pending = new Pending(
      at,
      kind,
      target,
      operation,
      args,
      options?.fence ?? 0,
      options?.timeoutMs ?? (kind === 'wait' ? waitTimeoutMs : timeoutMs),
      options?.signal,
      site.call,
      undo,
    );
    pending.caller = callerOf(at);
    return new Promise((resolve, reject) => {
      pending.resolve = resolve;
      pending.reject = reject;
      if (this.#ring !== undefined) this.linkOf(target.slot).submit(pending);
      else this.#submitLater(pending);
    });
  }

  /** Resolves when all that was called has its answer, but for what waits for others. */
  async settled(): Promise<void> {
    for (;;) {
      // Again: what one member does not hold is asked of another.
      const asking = [...this.#links.values()].filter((link) => link.isAsking);
      if (asking.length > 0) await Promise.all(asking.map((link) => link.settled()));
      else if (this.#astray === 0) return;
      else await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    }
  }

  /** The connection to the member that holds a slot. */
  linkOf(slot: number): Link {
    const ring = this.#ring;
    if (ring === undefined) return this.#link(this.options.address.hosts[0]!);
    if (this.#isCluster) return this.#link(this.#hints.get(slot) ?? ring.ownerOf(slot));
    // A cluster of one is reached as the address says, whatever it calls itself.
    return this.#link(ring.members.length === 1 ? this.#first! : ring.ownerOf(slot));
  }

  /** Asks every member. */
  async administer(name: string, args: readonly Value[]): Promise<Value[]> {
    return Promise.all((await this.everyLink()).map((link) => link.administer(name, args)));
  }

  /** The connections to all members, whether or not they are open. Rejects when none says who they are. */
  async everyLink(): Promise<Link[]> {
    await this.open();
    const addresses = this.members.length === 1 && !this.#isCluster ? [this.#first!] : this.members;
    return addresses.map((address) => this.#link(address));
  }

  /** The connections that there have been. */
  get links(): Iterable<Link> {
    return this.#links.values();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#newsTimer);
    const { clusters } = processState();
    for (const [key, cluster] of clusters) if (cluster === this) clusters.delete(key);
    this.#heartbeats.stop();
    await Promise.all([...this.#links.values()].map((link) => link.close()));
  }

  /**
   * Whoever has connected has closed, and handles that have travelled here go on: what the process holds ends, unless
   * calls are under way, which let go what is theirs when they end.
   */
  async #rest(): Promise<void> {
    const links = [...this.#links.values()];
    if (links.some((link) => link.hasCalls)) return;
    this.#links.clear();
    this.#heartbeats.stop();
    await Promise.all(links.map((link) => link.close()));
  }

  /** Before a member has said who they are, nobody knows where to ask: they wait at one, in the order of the calls. */
  #submitLater(pending: Pending): void {
    this.linkOf(pending.target.slot).submit(pending);
    if (this.options.address.hosts.length > 1) this.#look();
  }

  /** Asks the hosts in turn who the members are, while calls wait for that. */
  #look(): void {
    if (this.#looking) return;
    this.#looking = true;
    const done = (): void => {
      this.#looking = false;
    };
    this.open().then(done, () => {
      setTimeout(() => {
        done();
        if ([...this.#links.values()].some((link) => link.inFlight > 0)) this.#look();
      }, LOOK_AGAIN_MS).unref();
    });
  }

  #link(host: string): Link {
    let link = this.#links.get(host);
    if (link === undefined) {
      const { address, tls, token, sessionTtlMs, started } = this.options;
      link = new Link({
        address: host,
        dial: dialOf(address, host, tls, started),
        token,
        sessionTtlMs,
        sessions: this.#ring === undefined || this.#isCluster ? this.#book : new SessionBook(),
        onWelcome: (welcome) => this.#welcomed(host, welcome),
        onMembers: (members) => this.#changed(members),
        onLost: () => this.#lost(host),
        goElsewhere: (slot, owner, go) => this.#goElsewhere(slot, owner, go),
        onHold: (session) => this.#keep(host, session),
        onOver: (session) => this.#letGo(host, session),
        linkOf: (slot) => this.linkOf(slot),
        onMoved: (owner) => this.#link(owner),
      });
      this.#links.set(host, link);
      // Handles outlive it, also where nothing was asked before: what is asked now is told that it is closed.
      if (this.#closed) void link.close();
    }
    return link;
  }

  async #discover(): Promise<void> {
    const failures: Error[] = [];
    for (const host of this.options.address.hosts) {
      try {
        await this.#link(host).open();
        return;
      } catch (error) {
        if (this.#closed) throw error;
        failures.push(error as Error);
      }
    }
    throw failures.length === 1
      ? failures[0]!
      : new AggregateError(failures, `no member of ${this.url} can be reached`);
  }

  #welcomed(host: string, { members, isCluster }: Welcome): void {
    if (this.#ring === undefined) {
      this.#first = host;
      this.#isCluster = isCluster;
      // Nothing has been sent but to this one.
      if (!isCluster) for (const [other, link] of this.#links) if (other !== host) link.separate();
    }
    this.#changed(members);
  }

  #changed(members: readonly string[]): void {
    const known = this.#ring?.members;
    if (known !== undefined && known.length === members.length && known.every((one) => members.includes(one)))
      return;
    this.#ring = new Ring(members);
    for (const [slot, owner] of this.#hints) if (!members.includes(owner)) this.#hints.delete(slot);
    for (const link of [...this.#links.values()]) {
      link.isMember = !this.#isCluster || members.includes(link.address);
      if (link.isMember) link.route();
      else link.leave();
    }
    if (!this.#isCluster) return;
    for (const session of this.#kept) {
      for (const one of known ?? []) if (!members.includes(one)) this.#heartbeats.end(one, session);
      for (const one of members) this.#heartbeats.start(one, session);
    }
    this.#hearNews();
  }

  /** Has connections to some members that would tell if one falls silent. */
  #hearNews(notFrom?: string): void {
    if (!this.#isCluster || this.#closed) return;
    const others = this.members.filter((member) => member !== notFrom);
    // There is no news to be had of those that cannot be reached; whoever waits for an answer tries on by himself.
    for (const member of others.slice(0, NEWS))
      this.#link(member)
        .open()
        .catch(() => {});
  }

  /** What was a member may be none any more, which another one knows. */
  #lost(host: string): void {
    if (!this.#isCluster || this.#newsTimer !== undefined) return;
    if (![...this.#links.values()].some((link) => link.isNeeded)) return;
    this.#newsTimer = setTimeout(() => {
      this.#newsTimer = undefined;
      this.#hearNews(host);
    }, LOOK_AGAIN_MS).unref();
    this.#hearNews(host);
  }

  #goElsewhere(slot: number, owner: string | undefined, go: (link: Link) => void): void {
    if (owner !== undefined) {
      this.#hints.set(slot, owner);
      go(this.#link(owner));
      return;
    }
    this.#hints.delete(slot);
    this.#astray++;
    setTimeout(() => {
      this.#astray--;
      go(this.linkOf(slot));
    }, ASK_AGAIN_MS);
  }

  /** Whoever takes a slot over has to know that the session lives which holds something there. */
  #keep(host: string, session: LinkSession): void {
    this.#kept.add(session);
    for (const one of this.#isCluster ? this.members : [host]) this.#heartbeats.start(one, session);
  }

  #letGo(host: string, session: LinkSession): void {
    this.#kept.delete(session);
    for (const one of this.#isCluster ? this.members : [host]) this.#heartbeats.end(one, session);
  }
}

/** The process's cluster of an address, account and kind of session. */
export function clusterOf(options: ClusterOptions): Cluster {
  const { clusters } = processState();
  const { ca, cert, key: privateKey, servername } = options.tls;
  const secrets = JSON.stringify([options.token, ca, cert, privateKey, servername]);
  const account = createHash('sha256').update(secrets).digest('base64');
  const key = [options.address.url, account, options.sessionTtlMs].join('\0');
  let cluster = clusters.get(key);
  if (cluster === undefined) {
    cluster = new Cluster(options);
    clusters.set(key, cluster);
  }
  return cluster;
}

/** The cluster of a handle that has travelled: its credentials are those of this process. */
export function clusterOfHandle(url: string, site: Site): Cluster {
  const { clusters } = processState();
  let found: Cluster | undefined;
  for (const cluster of clusters.values()) if (cluster.url === url) found ??= cluster;
  found ??= clusterOf({ address: parseAddress(url), ...environmentOptions(url, site) });
  found.keep();
  return found;
}

/** What a worker is given: its site's credentials, else its environment. */
function environmentOptions(url: string, site: Site): Omit<ClusterOptions, 'address'> {
  const { SKEIN_DSO_TOKEN, SKEIN_DSO_TLS_CA } = process.env;
  let given: Readonly<Record<string, string>> = {};
  try {
    given = site.credentials('dso', url);
  } catch {
    // It has none: the environment may.
  }
  return {
    ...DEFAULT_TIMES,
    token: given['token'] ?? SKEIN_DSO_TOKEN,
    tls: { ca: given['ca'] ?? SKEIN_DSO_TLS_CA },
  };
}

export const DEFAULT_TIMES = { timeoutMs: 30_000, waitTimeoutMs: 600_000, sessionTtlMs: 10_000 } as const;
