/**
 * The workers of an executor: how many may run, which one is free, which is heard of no more. A worker whose call waits
 * for calls of its own has given up its place: others run meanwhile, however deep calls are nested and however few
 * workers there are.
 */
import type { Exit } from '../backend/backend.ts';
import { countWorkers } from '../totals.ts';
import type { Link, LinkEvents } from './link.ts';

export interface WorkersOptions {
  /** How many may run at a time. */
  readonly most: number;
  /** How long nothing may be heard of a worker that has work until it is given up, milliseconds. */
  readonly leaseMs: number;
  /** Idle workers stay for the next call; else they are given back at once. */
  readonly keepIdle: boolean;
  /** @param memory what the worker may hold, bytes */
  openLink(events: LinkEvents, memory: number | undefined): Link;
}

/** Between two looks at workers of which nothing is heard, milliseconds. */
const LEASE_LOOK_MS = 500;
/** How long a worker may take from its start to its first word, milliseconds. */
const START_MS = 60_000;
/** How long a worker may take to leave when it is told to. */
const LEAVE_MS = 2_000;

export class Workers implements Iterable<Link> {
  readonly #options: WorkersOptions;
  readonly #events: LinkEvents;
  readonly #links = new Set<Link>();
  /** Told to leave to make room; they count no more, and are waited for when all ends. */
  readonly #leaving = new Set<Link>();
  #leases: NodeJS.Timeout | undefined;
  #lookedAt = 0;
  #onGone: (() => void) | undefined;

  constructor(options: WorkersOptions, events: LinkEvents) {
    this.#options = options;
    this.#events = {
      ...events,
      onExit: (link: Link, exit: Exit) => {
        this.#links.delete(link);
        this.#leaving.delete(link);
        events.onExit(link, exit);
        if (this.#links.size + this.#leaving.size === 0) this.#onGone?.();
      },
    };
  }

  get size(): number {
    return this.#links.size;
  }

  get most(): number {
    return this.#options.most;
  }

  has(link: Link): boolean {
    return this.#links.has(link);
  }

  [Symbol.iterator](): IterableIterator<Link> {
    return this.#links.values();
  }

  /** A worker may begin to run beside those that do. */
  get room(): boolean {
    let running = 0;
    for (const link of this.#links) if (isBusy(link) && link.waits === 0) running++;
    return running < this.#options.most;
  }

  /** A free worker of this limit of memory; a new one when there is none. Asked only when there is {@link room}. */
  free(memory: number | undefined): Link {
    for (const link of this.#links) {
      if (link.memory === memory && !isBusy(link) && takesWork(link)) return link;
    }
    this.#makeRoom(memory);
    return this.open(memory);
  }

  open(memory: number | undefined): Link {
    const link = this.#options.openLink(this.#events, memory);
    this.#links.add(link);
    this.#watch();
    countWorkers(this.#links.size);
    return link;
  }

  /** Ends free workers: all, where none is kept; else those that are more than may run at a time. */
  trim(): void {
    const { keepIdle, most } = this.#options;
    let idle = 0;
    for (const link of this.#links) {
      if (isBusy(link) || isEnding(link) || !link.ready) continue;
      if (++idle > most || !keepIdle) this.#dismiss(link);
    }
  }

  /** Ends all of them. Resolves when they are gone. */
  async close(): Promise<void> {
    clearInterval(this.#leases);
    const gone = new Promise<void>((resolve) => {
      if (this.#links.size + this.#leaving.size === 0) resolve();
      else this.#onGone = resolve;
    });
    for (const link of [...this.#links]) {
      if (isBusy(link)) link.kill();
      else link.end();
    }
    const late = setTimeout(() => {
      for (const link of [...this.#links, ...this.#leaving]) link.kill();
    }, LEAVE_MS);
    late.unref();
    await gone;
    clearTimeout(late);
  }

  /** Free workers of other limits leave where there would be too many processes. */
  #makeRoom(memory: number | undefined): void {
    let present = 0;
    let other: Link | undefined;
    for (const link of this.#links) {
      if (link.waits === 0) present++;
      if (!isBusy(link) && !isEnding(link) && link.memory !== memory) other = link;
    }
    if (present >= this.#options.most && other !== undefined) this.#dismiss(other);
  }

  #dismiss(link: Link): void {
    this.#links.delete(link);
    this.#leaving.add(link);
    link.end();
  }

  // ---- liveness

  #watch(): void {
    if (this.#leases !== undefined || this.#options.leaseMs === Number.POSITIVE_INFINITY) return;
    this.#lookedAt = Date.now();
    this.#leases = setInterval(() => this.#look(), LEASE_LOOK_MS);
    this.#leases.unref();
  }

  /** A worker of which nothing is heard while it has work is ended; how its calls go on is decided when it is gone. */
  #look(): void {
    const now = Date.now();
    const late = now - this.#lookedAt - LEASE_LOOK_MS;
    this.#lookedAt = now;
    for (const link of this.#links) {
      // This process stood still itself: what the workers have said meanwhile has not been read yet.
      if (late > LEASE_LOOK_MS) link.heardAt += late;
      if (link.messages.length === 0 || link.expired) continue;
      if (now - link.heardAt < (link.started ? this.#options.leaseMs : START_MS)) continue;
      link.expired = true;
      link.kill();
    }
  }
}

export function isBusy(link: Link): boolean {
  return link.messages.length + link.reserved > 0 || link.lent;
}

/** It leaves, or dies: what it is given is lost. */
export function isEnding(link: Link): boolean {
  return link.closing || link.killed;
}

function takesWork(link: Link): boolean {
  return !isEnding(link) && (link.reusable || link.calls === 0);
}
