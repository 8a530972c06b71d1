/** A coordinator within a process: for simulations, and for what is to be tried without etcd. */
import type { Clock } from '../engine/clock.ts';
import type { Change, Condition, Coordinator, Found, Grant, Outcome, Put } from './coordinator.ts';

interface Lease {
  readonly ttlMs: number;
  expiresAt: number;
  readonly keys: Set<string>;
}

/** Between looks at a lease that has run out while nothing runs out, milliseconds. */
const LOOK_AGAIN_MS = 20;

/** The store; each member has a {@link Coordinator} of its own to it. */
export class MemoryStore {
  readonly #clock: Clock;
  readonly #values = new Map<
    string,
    { readonly value: string; readonly revision: number; readonly lease: string | undefined }
  >();
  readonly #leases = new Map<string, Lease>();
  readonly #watches = new Set<{
    readonly prefix: string;
    readonly changed: (changes: readonly Change[]) => void;
  }>();
  /** It answers nobody; leases do not run out meanwhile. */
  isDown = false;
  #revision = 1;
  #leaseIds = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(key: string): string | undefined {
    return this.#values.get(key)?.value;
  }

  watch(prefix: string, changed: (changes: readonly Change[]) => void): () => void {
    const there: Change[] = [];
    for (const [key, { value, revision }] of this.#values)
      if (key.startsWith(prefix)) there.push({ key, value, revision });
    const watch = { prefix, changed };
    this.#watches.add(watch);
    changed(there);
    return () => void this.#watches.delete(watch);
  }

  transact(conditions: readonly Condition[], writes: readonly Put[]): Outcome {
    const holds = ({ key, revision }: Condition): boolean =>
      (this.#values.get(key)?.revision ?? 0) === revision;
    if (!conditions.every(holds)) {
      const found = new Map<string, Found>();
      for (const { key } of conditions) {
        const there = this.#values.get(key);
        if (there !== undefined) found.set(key, there);
      }
      return { kind: 'refused', found };
    }
    if (writes.some(({ lease }) => lease !== undefined && !this.#leases.has(lease)))
      return { kind: 'failed' };
    const revision = ++this.#revision;
    const changes: Change[] = [];
    for (const { key, value, lease } of writes) {
      const before = this.#values.get(key)?.lease;
      if (before !== undefined) this.#leases.get(before)?.keys.delete(key);
      this.#values.set(key, { value, revision, lease });
      if (lease !== undefined) this.#leases.get(lease)!.keys.add(key);
      changes.push({ key, value, revision });
    }
    this.#tell(changes);
    return { kind: 'done', revision };
  }

  grant(ttlMs: number): Grant {
    const id = `lease ${++this.#leaseIds}`;
    this.#leases.set(id, { ttlMs, expiresAt: this.#clock.now() + ttlMs, keys: new Set() });
    this.#lookAt(id);
    return { id, ttlMs };
  }

  renew(id: string): 'renewed' | 'lost' {
    const lease = this.#leases.get(id);
    if (lease === undefined) return 'lost';
    lease.expiresAt = this.#clock.now() + lease.ttlMs;
    return 'renewed';
  }

  /** As etcd does after it was down itself: all leases have their whole time again. */
  extendAll(): void {
    for (const lease of this.#leases.values()) lease.expiresAt = this.#clock.now() + lease.ttlMs;
  }

  revoke(id: string): void {
    const lease = this.#leases.get(id);
    if (lease === undefined) return;
    this.#leases.delete(id);
    const revision = ++this.#revision;
    const changes: Change[] = [];
    for (const key of lease.keys) {
      this.#values.delete(key);
      changes.push({ key, value: undefined, revision });
    }
    if (changes.length > 0) this.#tell(changes);
  }

  #lookAt(id: string): void {
    const lease = this.#leases.get(id);
    if (lease === undefined) return;
    const left = lease.expiresAt - this.#clock.now();
    if (left <= 0 && !this.isDown) this.revoke(id);
    else this.#clock.after(Math.max(left, LOOK_AGAIN_MS), () => this.#lookAt(id));
  }

  #tell(changes: readonly Change[]): void {
    for (const { prefix, changed } of [...this.#watches]) {
      const mine = changes.filter(({ key }) => key.startsWith(prefix));
      if (mine.length > 0) changed(mine);
    }
  }
}

/** Without a network between. */
export function memoryCoordinator(store: MemoryStore): Coordinator {
  return {
    maxOperations: 128,
    watch: (prefix, changed) => store.watch(prefix, changed),
    transact: (conditions, writes, done) => done(store.transact(conditions, writes)),
    grant: (ttlMs, done) => done(store.grant(ttlMs)),
    renew: (lease, done) => done(store.renew(lease)),
    revoke(lease, done) {
      store.revoke(lease);
      done();
    },
    close() {},
  };
}
