/**
 * The workers of an executor: how many may run, which one is free, which is heard of no more. A worker whose call waits
 * for calls of its own has given up its place: others run meanwhile, however deep calls are nested and however few
 * workers there are.
 */
import type { Exit } from '../backend/backend.ts';
import { countWorkers } from '../totals.ts';
import type { WorkerTerms } from '../wire/loan.ts';
import type { Link, LinkEvents } from './link.ts';
import type { WantedWorker } from './wear.ts';

export interface WorkersOptions {
  /** How many may run at a time. */
  readonly most: number;
  /** How long nothing may be heard of a worker that has work until it is given up, milliseconds. */
  readonly leaseMs: number;
  /** How long one may take from its start to its first word, milliseconds. */
  readonly startMs: number;
  /** How many may be starting at a time. */
  readonly startsAtOnce: number;
  /** Idle workers stay for the next call; else they are given back at once. */
  readonly keepIdle: boolean;
  openLink(events: LinkEvents, terms: WorkerTerms): Link;
}

/** How long a free worker whose jobs are not over is kept from those who need another one, milliseconds. */
const KEEP_MS = 100;
/** Between two looks at workers of which nothing is heard, milliseconds. */
const LEASE_LOOK_MS = 500;
/** How long workers may take to leave when all end. */
const LEAVE_MS = 2_000;
/** How long one may take that leaves while the others go on: it holds up nobody, but is not to stay for ever. */
const LEAVE_ALONE_MS = 30_000;

/** Who uses the workers. */
export interface Demand {
  /** There are jobs, not over yet, whose calls it may run. */
  wanted(link: Link): boolean;
  /** A worker may be had now. */
  look(): void;
}

export class Workers implements Iterable<Link> {
  readonly #options: WorkersOptions;
  readonly #events: LinkEvents;
  readonly #demand: Demand;
  readonly #links = new Set<Link>();
  /** Told to leave to make room; they count no more, and are waited for when all ends. */
  readonly #leaving = new Map<Link, NodeJS.Timeout>();
  #leases: NodeJS.Timeout | undefined;
  #lookedAt = 0;
  #lookAgain: NodeJS.Timeout | undefined;
  #onGone: (() => void) | undefined;

  constructor(options: WorkersOptions, events: LinkEvents, demand: Demand) {
    this.#options = options;
    this.#demand = demand;
    this.#events = {
      ...events,
      onExit: (link: Link, exit: Exit) => {
        this.#links.delete(link);
        clearTimeout(this.#leaving.get(link));
        this.#leaving.delete(link);
        events.onExit(link, exit);
        if (this.#links.size + this.#leaving.size === 0) this.#onGone?.();
      },
    };
  }

  get size(): number {
    return this.#links.size;
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

  /**
   * A free worker of these terms. Where there is none and too few are starting, another one starts: calls wait for
   * whichever is ready first, not for one that is not. Asked only when there is {@link room}.
   *
   * @param waiting calls that could use one
   */
  free(terms: WantedWorker, waiting: () => number): Link | undefined {
    const { most, startsAtOnce } = this.#options;
    let coming = 0;
    let starting = 0;
    let present = 0;
    for (const link of this.#links) {
      if (!link.ready) starting++;
      if (link.waits === 0 && (isBusy(link) || !link.wear.retired)) present++;
      if (isBusy(link) || !takesWork(link) || !suits(link, terms)) continue;
      if (link.ready) return link;
      coming++;
    }
    if (starting >= startsAtOnce || coming >= waiting()) return undefined;
    if (present >= most && !this.#makeRoom(terms)) return undefined;
    const link = this.open(terms);
    return link.ready ? link : undefined;
  }

  /**
   * Has workers started for those that have their last calls, while these still run: a new one is there when the old one
   * leaves.
   *
   * @param terms of the next one that is wanted
   * @param waiting calls that could use one
   */
  renew(terms: WantedWorker, waiting: number): void {
    const { keepIdle, startsAtOnce } = this.#options;
    if (!keepIdle) return; // the place of a worker that was lent is not ours to fill
    let retiring = 0;
    let there = 0;
    let starting = 0;
    for (const link of this.#links) {
      if (!link.ready) starting++;
      if (!isBusy(link)) {
        if (takesWork(link) && suits(link, terms)) there++;
      } else if (link.wear.retired && link.reusable && link.waits === 0) retiring++;
    }
    for (; there < Math.min(retiring, waiting) && starting < startsAtOnce; there++, starting++)
      this.open(terms);
  }

  open(terms: WorkerTerms): Link {
    const link = this.#options.openLink(this.#events, terms);
    this.#links.add(link);
    this.#watch();
    countWorkers(this.#links.size);
    return link;
  }

  /** Ends free workers: those that are used up, and all, where none is kept; else those that are more than may run. */
  trim(): void {
    const { keepIdle, most } = this.#options;
    let idle = 0;
    for (const link of this.#links) {
      if (isBusy(link) || isEnding(link)) continue;
      if (link.wear.retired) this.#dismiss(link);
      else if (link.ready && (++idle > most || !keepIdle)) this.#dismiss(link);
    }
  }

  /** Ends all of them. Resolves when they are gone. */
  async close(): Promise<void> {
    clearInterval(this.#leases);
    clearTimeout(this.#lookAgain);
    const gone = new Promise<void>((resolve) => {
      if (this.#links.size + this.#leaving.size === 0) resolve();
      else this.#onGone = resolve;
    });
    for (const link of [...this.#links]) {
      if (isBusy(link)) link.kill();
      else link.end();
    }
    const late = setTimeout(() => {
      for (const link of [...this.#links, ...this.#leaving.keys()]) link.kill();
    }, LEAVE_MS);
    late.unref();
    await gone;
    clearTimeout(late);
  }

  /**
   * Ends a free worker of other terms. One whose jobs are not over stays for a moment: it may be free only between two
   * of their calls, and starting takes longer than waiting.
   */
  #makeRoom(terms: WantedWorker): boolean {
    let soon = Number.POSITIVE_INFINITY;
    for (const link of this.#links) {
      if (suits(link, terms) || isBusy(link) || isEnding(link) || link.wear.retired) continue;
      // One that starts is kept until it has been of use: else two that need different ones end each other's for ever.
      const keptUntil = (link.ready ? link.heardAt : Date.now()) + KEEP_MS;
      const left = this.#demand.wanted(link) ? keptUntil - Date.now() : 0;
      if (left <= 0) {
        this.#dismiss(link);
        return true;
      }
      soon = Math.min(soon, left);
    }
    if (soon <= KEEP_MS) {
      this.#lookAgain ??= setTimeout(() => {
        this.#lookAgain = undefined;
        this.#demand.look();
      }, soon).unref();
    }
    return false;
  }

  #dismiss(link: Link): void {
    this.#links.delete(link);
    this.#leaving.set(link, setTimeout(() => link.kill(), LEAVE_ALONE_MS).unref());
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
      // One that stays is to say something when it starts, all are to do so while they have work.
      const starts = !link.started && link.reusable;
      if (link.expired || (link.messages.length === 0 && !starts)) continue;
      if (now - link.heardAt < (link.started ? this.#options.leaseMs : this.#options.startMs)) continue;
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
  return !isEnding(link) && !link.wear.retired && (link.reusable || link.calls === 0);
}

/** It is what is wanted, or will be when it is free. */
export function suits(link: Link, { memory, fresh, maxCalls }: WantedWorker): boolean {
  return link.memory === memory && (link.fresh || !fresh) && link.wear.left(maxCalls) > 0;
}
