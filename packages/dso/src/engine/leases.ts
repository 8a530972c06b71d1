/**
 * The leases of a node: renewed by their programs, ended by them or by silence. Which objects are theirs is in the slots;
 * when they were heard of last is not: a new owner of a slot gives each its whole time again.
 */
import type { Lease } from '../lease.ts';
import type { Clock } from './clock.ts';

/** Ids of leases that ended, kept so that what is left of their programs makes no object anew that nobody would delete. */
const REMEMBERED = 100_000;
/** Objects that go in one turn of the event loop, about: other clients need not wait until hundreds of thousands are gone. */
const AT_ONCE = 1000;
/** Between two looks for leases that have run out, at least, milliseconds. */
const LOOK_MS = 100;
/** Who comes so late to look stood still himself, milliseconds: the signs of life of meanwhile are in his sockets. */
const LATE_MS = 1000;

interface LeaseHere extends Lease {
  expiresAt: number;
  ended: boolean;
  /** Where there are objects of it. */
  readonly slots: Set<number>;
  readonly whenGone: (() => void)[];
}

export class Leases {
  readonly #clock: Clock;
  readonly #remove: (slot: number, id: string) => number;
  /** Those that have objects here. Of others there is nothing to keep, nor to delete. */
  readonly #leases = new Map<string, LeaseHere>();
  readonly #over = new Set<string>();
  readonly #ending: LeaseHere[] = [];
  #stopRemoving: (() => void) | undefined;
  #stopLooking: (() => void) | undefined;
  #looksAt = Number.POSITIVE_INFINITY;
  #stopped = false;

  /** @param remove has a slot's objects of a lease go, and gives how many there were */
  constructor(clock: Clock, remove: (slot: number, id: string) => number) {
    this.#clock = clock;
    this.#remove = remove;
  }

  get size(): number {
    return this.#leases.size;
  }

  /** Whether it has ended, as far as is remembered. */
  hasEnded(id: string): boolean {
    return this.#over.has(id);
  }

  /** It was heard of. Gives whether it goes on. */
  renew(id: string): boolean {
    const lease = this.#leases.get(id);
    if (lease !== undefined) lease.expiresAt = this.#clock.now() + lease.ttlMs;
    return !this.#over.has(id);
  }

  /** There are objects of it in a slot. */
  joined(slot: number, { id, ttlMs }: Lease): void {
    let lease = this.#leases.get(id);
    if (lease === undefined) {
      const expiresAt = this.#clock.now() + ttlMs;
      lease = { id, ttlMs, expiresAt, ended: false, slots: new Set(), whenGone: [] };
      this.#leases.set(id, lease);
      this.#lookBy(expiresAt);
    }
    lease.slots.add(slot);
    // It has come with a slot whose owner did not know.
    if (this.#over.has(id)) void this.end(id);
  }

  /** There are none any more. */
  left(slot: number, id: string): void {
    const lease = this.#leases.get(id);
    if (lease?.slots.delete(slot) !== true || lease.slots.size > 0) return;
    this.#leases.delete(id);
    for (const resolve of lease.whenGone) resolve();
  }

  /** Nothing is made under it any more; resolves when its objects are gone. Also one that has none here is remembered. */
  end(id: string): Promise<void> {
    this.#over.add(id);
    if (this.#over.size > REMEMBERED) this.#over.delete(this.#over.values().next().value!);
    const lease = this.#leases.get(id);
    if (lease === undefined) return Promise.resolve();
    const gone = new Promise<void>((resolve) => lease.whenGone.push(resolve));
    if (!lease.ended) {
      lease.ended = true;
      this.#ending.push(lease);
      if (this.#stopRemoving === undefined) this.#removeSome();
    }
    return gone;
  }

  stop(): void {
    this.#stopped = true;
    this.#stopLooking?.();
    this.#stopRemoving?.();
  }

  #removeSome(): void {
    this.#stopRemoving = undefined;
    let removed = 0;
    for (let lease = this.#ending[0]; lease !== undefined; lease = this.#ending[0]) {
      // It is left by each slot while this walks through them.
      for (const slot of lease.slots) {
        if (removed >= AT_ONCE) {
          if (!this.#stopped) this.#stopRemoving = this.#clock.after(0, () => this.#removeSome());
          return;
        }
        removed += this.#remove(slot, lease.id);
      }
      this.#ending.shift();
    }
  }

  #lookBy(at: number): void {
    if (at >= this.#looksAt || this.#stopped) return;
    this.#stopLooking?.();
    this.#looksAt = at;
    this.#stopLooking = this.#clock.after(Math.max(0, at - this.#clock.now()), () => this.#look());
  }

  #look(): void {
    const now = this.#clock.now();
    const stoodStill = now - this.#looksAt > LATE_MS;
    this.#looksAt = Number.POSITIVE_INFINITY;
    let next = Number.POSITIVE_INFINITY;
    for (const lease of [...this.#leases.values()]) {
      if (lease.ended) continue;
      // Enough for two signs of life.
      if (stoodStill) lease.expiresAt = Math.max(lease.expiresAt, now + lease.ttlMs / 3);
      if (lease.expiresAt <= now) void this.end(lease.id);
      else next = Math.min(next, lease.expiresAt);
    }
    if (next < Number.POSITIVE_INFINITY) this.#lookBy(Math.max(next, now + LOOK_MS));
  }
}
