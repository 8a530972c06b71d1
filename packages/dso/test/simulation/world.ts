/** Time, chance and a network that are made up, so that a run is a function of its seed. */
import type { Clock } from '../../src/engine/clock.ts';
import { type Random, seeded } from '../linearizability/simulate.ts';

interface Event {
  at: number;
  readonly order: number;
  readonly owner: Owner | undefined;
  readonly work: () => void;
  isCancelled: boolean;
}

/** Whoever has events: one that is paused gets them later, one that is dead never. */
export interface Owner {
  readonly name: string;
  isDead: boolean;
  pausedUntil: number;
}

export class World {
  readonly random: Random;
  now = 0;
  #heap: Event[] = [];
  #order = 0;
  events = 0;

  constructor(seed: number) {
    this.random = seeded(seed);
  }

  chance(probability: number): boolean {
    return this.random(1_000_000) < probability * 1_000_000;
  }

  between(low: number, high: number): number {
    return low + (this.random(1_000_000) / 1_000_000) * (high - low);
  }

  after(ms: number, owner: Owner | undefined, work: () => void): () => void {
    const event: Event = {
      at: this.now + Math.max(0, ms),
      order: this.#order++,
      owner,
      work,
      isCancelled: false,
    };
    this.#push(event);
    return () => {
      event.isCancelled = true;
    };
  }

  /** A member's clock; those of members differ. */
  clockOf(owner: Owner, offset: number): Clock {
    return {
      now: () => Math.floor(1_000_000 + this.now + offset),
      after: (ms, work) => this.after(ms, owner, work),
    };
  }

  /** Plays until a time, or until there is nothing more to come. */
  run(until: number, done: () => boolean = () => false): void {
    for (;;) {
      const event = this.#heap[0];
      if (event === undefined || event.at > until || done()) break;
      this.#pop();
      this.now = Math.max(this.now, event.at);
      const { owner } = event;
      if (event.isCancelled || owner?.isDead === true) continue;
      if (owner !== undefined && owner.pausedUntil > this.now) {
        event.at = owner.pausedUntil;
        this.#push(event);
        continue;
      }
      this.events++;
      event.work();
    }
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (isBefore(heap[above]!, event)) break;
      heap[at] = heap[above]!;
      at = above;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1]!, heap[below]!)) below++;
      if (isBefore(last, heap[below]!)) break;
      heap[at] = heap[below]!;
      at = below;
    }
    heap[at] = last;
  }
}

function isBefore(one: Event, other: Event): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

/** Who hears whom. Messages are late, come twice, out of order, or never. */
export class Network {
  readonly #world: World;
  readonly #cuts = new Set<string>();
  /** How long a message takes at most, in good weather, milliseconds. */
  latency = 2;
  /** How likely one is lost, comes twice, is late by far. */
  loss = 0;
  twice = 0;
  slow = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** In one direction. */
  cut(from: string, to: string): void {
    this.#cuts.add(`${from}>${to}`);
  }

  heal(): void {
    this.#cuts.clear();
  }

  reaches(from: string, to: string): boolean {
    return !this.#cuts.has(`${from}>${to}`);
  }

  send(from: string, to: string, owner: Owner | undefined, arrives: () => void): void {
    const world = this.#world;
    if (!this.reaches(from, to) || world.chance(this.loss)) return;
    const copies = world.chance(this.twice) ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      const ms = world.chance(this.slow) ? world.between(5, 1500) : world.between(0.1, this.latency);
      // What was on its way when the line was cut does not arrive either.
      world.after(ms, owner, () => {
        if (this.reaches(from, to)) arrives();
      });
    }
  }
}
