/** All members of a cluster, as this process sees them: which holds an object, and the one connection to each. */
import type { Site } from '@skein/codec';
import { NestedCallError } from '../errors.ts';
import { isWithinMethod, processState } from '../process-state.ts';
import { slotOf } from '../ring/hash.ts';
import { Ring } from '../ring/ring.ts';
import type { Value } from '../value/value.ts';
import type { Welcome } from '../wire/messages.ts';
import { type ClusterAddress, parseAddress } from './address.ts';
import { callerOf } from './caller.ts';
import { dialOf, type TlsFiles } from './dial.ts';
import { Heartbeats } from './heartbeats.ts';
import { Link } from './link.ts';
import { type CallKind, Pending } from './pending.ts';
import { ClientTarget } from './target.ts';

export interface ClusterOptions {
  readonly address: ClusterAddress;
  readonly token: string | undefined;
  readonly tls: TlsFiles;
  /** Of calls that wait for nobody, milliseconds. */
  readonly timeoutMs: number;
  /** Of calls that may wait for others, milliseconds. */
  readonly waitTimeoutMs: number;
  readonly sessionTtlMs: number;
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

export class Cluster {
  readonly options: ClusterOptions;
  readonly #links = new Map<string, Link>();
  /** Two generations: to take the oldest out of a large map, one at a time, costs a search each. */
  #targets = new Map<string, ClientTarget>();
  #olderTargets = new Map<string, ClientTarget>();
  readonly #heartbeats: Heartbeats;
  /** Who holds which slot; `undefined` until a member has said who they are. */
  #ring: Ring | undefined;
  #discovering: Promise<void> | undefined;
  #users = 0;

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
      if (this.#users === 0) await this.close();
    };
  }

  target(type: string, key: string, config: readonly Value[], mode: 'create' | 'await'): ClientTarget {
    const isPlain = config.every((value) => typeof value !== 'object' || value === null);
    if (!isPlain) return new ClientTarget(type, key, slotOf(type, key), config, mode);
    const name = `${type}\0${key}\0${mode}\0${config.map((value) => `${typeof value}${String(value)}`).join('\0')}`;
    const known = this.#targets.get(name);
    if (known !== undefined) return known;
    const target =
      this.#olderTargets.get(name) ?? new ClientTarget(type, key, slotOf(type, key), config, mode);
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
  ): Promise<Value> {
    if (isWithinMethod())
      return Promise.reject(
        new NestedCallError(`${target.type} '${target.key}' was called within a method of a shared object`),
      );
    const { timeoutMs, waitTimeoutMs } = this.options;
    const pending = new Pending(
      kind,
      target,
      operation,
      args,
      options?.fence ?? 0,
      options?.timeoutMs ?? (kind === 'wait' ? waitTimeoutMs : timeoutMs),
      options?.signal,
      site.call,
    );
    return new Promise((resolve, reject) => {
      pending.resolve = resolve;
      pending.reject = reject;
      if (this.#ring !== undefined) this.linkOf(target.slot).submit(pending);
      else this.#submitLater(pending);
    });
  }

  /** The connection to the member that holds a slot. */
  linkOf(slot: number): Link {
    const ring = this.#ring;
    if (ring === undefined) return this.#link(this.options.address.hosts[0]!);
    return this.#link(ring.members.length === 1 ? this.#soleAddress() : ring.ownerOf(slot));
  }

  /** Asks every member. */
  async administer(name: string, args: readonly Value[]): Promise<Value[]> {
    await this.open();
    const addresses = this.members.length === 1 ? [this.#soleAddress()] : this.members;
    return Promise.all(addresses.map((address) => this.#link(address).administer(name, args)));
  }

  async close(): Promise<void> {
    const { clusters } = processState();
    for (const [key, cluster] of clusters) if (cluster === this) clusters.delete(key);
    this.#heartbeats.stop();
    await Promise.all([...this.#links.values()].map((link) => link.close()));
  }

  /** Before a member has said who they are, nobody knows where to ask. A cluster of one needs no such question. */
  #submitLater(pending: Pending): void {
    const { hosts } = this.options.address;
    if (hosts.length === 1 && this.#ring === undefined) {
      this.#link(hosts[0]!).submit(pending);
      return;
    }
    pending.caller = callerOf(Date.now());
    this.open().then(() => this.linkOf(pending.target.slot).submit(pending), pending.reject);
  }

  /** A cluster of one is reached as the address says, whatever it calls itself. */
  #soleAddress(): string {
    return this.#links.keys().next().value ?? this.options.address.hosts[0]!;
  }

  #link(host: string): Link {
    let link = this.#links.get(host);
    if (link === undefined) {
      const { address, tls, token, sessionTtlMs } = this.options;
      link = new Link({
        address: host,
        dial: dialOf(address, host, tls),
        token,
        sessionTtlMs,
        onWelcome: (welcome) => this.#welcomed(welcome),
        onHold: (session) => this.#heartbeats.start(host, session),
        onMoved: (pending, owner) => this.#link(owner).submit(pending),
      });
      this.#links.set(host, link);
    }
    return link;
  }

  async #discover(): Promise<void> {
    const failures: Error[] = [];
    for (const host of this.options.address.hosts) {
      try {
        const link = this.#link(host);
        await link.open();
        this.#welcomed(link.welcome!);
        return;
      } catch (error) {
        failures.push(error as Error);
        this.#links.delete(host);
      }
    }
    throw failures.length === 1
      ? failures[0]!
      : new AggregateError(failures, `no member of ${this.url} can be reached`);
  }

  #welcomed({ members }: Welcome): void {
    const known = this.#ring?.members;
    if (known !== undefined && known.length === members.length && known.every((one) => members.includes(one)))
      return;
    this.#ring = new Ring(members);
  }
}

/** The process's cluster of an address and account. */
export function clusterOf(options: ClusterOptions): Cluster {
  const { clusters } = processState();
  const key = `${options.address.url}\0${options.token ?? ''}`;
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
  for (const cluster of clusters.values()) if (cluster.url === url) return cluster;
  return clusterOf({ address: parseAddress(url), ...environmentOptions(url, site) });
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
