/** Calls that have their outcome, by a cancel or by another attempt, and may still run, or come to run, in workers. */
import { isSettled } from '../job/call-table.ts';
import type { JobCore } from '../job/job-core.ts';
import type { Link } from './link.ts';

/** How long such a call may go on until its worker is ended, milliseconds. */
const GRACE_MS = 50;
/** In the place of an index: the call waits behind others. */
const NOT_YET = -1;

export class UnwantedCalls {
  readonly #links: Iterable<Link>;
  readonly #watched = new Set<JobCore>();
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(links: Iterable<Link>) {
    this.#links = links;
  }

  /** Has workers ended that run calls of the job for nobody, as long as there are any. */
  watch(job: JobCore): void {
    if (this.#watched.has(job)) return;
    this.#watched.add(job);
    this.#look(job, new Map());
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  /** A worker that runs the same such call at two looks is ended. @param seen what it ran at the last one */
  #look(job: JobCore, seen: ReadonlyMap<Link, number>): void {
    const seeing = new Map<Link, number>();
    for (const link of this.#links) {
      for (const message of link.messages) {
        if (message.job !== job || link.killed) continue;
        const open = message.indexes.slice(-message.unreported);
        const at = open.findIndex((index) => isSettled(job.table.state(index)));
        if (at < 0) continue;
        const runs = message === link.messages[0] && at === 0;
        if (runs && seen.get(link) === open[0]) {
          link.unwanted = true;
          link.kill();
        } else seeing.set(link, runs ? open[0]! : NOT_YET);
        break;
      }
    }
    if (seeing.size === 0) {
      this.#watched.delete(job);
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#look(job, seeing);
    }, GRACE_MS);
    timer.unref();
    this.#timers.add(timer);
  }
}
