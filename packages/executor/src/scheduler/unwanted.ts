/** Calls that have their outcome, by a cancel or by another attempt, and may still run, or come to run, in workers. */
import { isSettled } from '../job/call-table.ts';
import type { JobCore } from '../job/job-core.ts';
import type { Link } from './link.ts';

/** How long such a call may go on until its worker is ended, where nobody says it, milliseconds. */
const GRACE_MS = 50;
/** Between two looks, milliseconds. */
const LOOK_MS = 50;

/** How long the calls may go on that have become unwanted just now. */
export interface Grace {
  readonly ms: number;
  /** Of one call; left out, of all calls of the job. */
  readonly index: number | undefined;
}

/** An unwanted call that runs. */
interface Running {
  readonly index: number;
  /** When it was first seen, milliseconds of the process's own clock. */
  readonly since: number;
}

interface Watched {
  /** By call, where somebody has said how long it may go on; then of all others. */
  readonly graces: Map<number, number>;
  graceMs: number;
  seen: ReadonlyMap<Link, Running>;
  timer: NodeJS.Timeout | undefined;
}

export class UnwantedCalls {
  readonly #links: Iterable<Link>;
  readonly #watched = new Map<JobCore, Watched>();

  constructor(links: Iterable<Link>) {
    this.#links = links;
  }

  /** Has workers ended that run calls of the job for nobody, as long as there are any. */
  watch(job: JobCore, grace?: Grace): void {
    let watched = this.#watched.get(job);
    if (watched !== undefined && grace === undefined) return; // the next look is soon enough
    if (watched === undefined) {
      watched = { graces: new Map(), graceMs: GRACE_MS, seen: new Map(), timer: undefined };
      this.#watched.set(job, watched);
    }
    if (grace?.index !== undefined) watched.graces.set(grace.index, grace.ms);
    else if (grace !== undefined) {
      watched.graceMs = grace.ms;
      watched.graces.clear();
    }
    this.#look(job, watched);
  }

  close(): void {
    for (const { timer } of this.#watched.values()) clearTimeout(timer);
  }

  /** A worker in which such a call has had its time is ended. */
  #look(job: JobCore, watched: Watched): void {
    clearTimeout(watched.timer);
    const now = performance.now();
    const seeing = new Map<Link, Running>();
    let next = Number.POSITIVE_INFINITY;
    for (const link of this.#links) {
      for (const message of link.messages) {
        if (message.job !== job || link.killed) continue;
        const open = message.indexes.slice(-message.unreported);
        const at = open.findIndex((index) => isSettled(job.table.state(index)));
        if (at < 0) continue;
        if (message !== link.messages[0] || at > 0) {
          next = Math.min(next, LOOK_MS); // it waits behind others, and may never run
          break;
        }
        const index = open[0]!;
        const before = watched.seen.get(link);
        const running = before?.index === index ? before : { index, since: now };
        const left = running.since + (watched.graces.get(index) ?? watched.graceMs) - now;
        if (left <= 0) {
          link.unwanted = true;
          link.kill();
        } else {
          seeing.set(link, running);
          next = Math.min(next, left, LOOK_MS);
        }
        break;
      }
    }
    watched.seen = seeing;
    if (next === Number.POSITIVE_INFINITY) {
      this.#watched.delete(job);
      return;
    }
    watched.timer = setTimeout(() => this.#look(job, watched), Math.ceil(next)).unref();
  }
}
