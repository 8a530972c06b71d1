/** What all executors of this process have done, for whoever sums a program up at its end. */
import type { JobCore } from './job/job-core.ts';

export interface Totals {
  /** Calls that ended, and of those the ones without a result. */
  calls: number;
  failed: number;
  /** The most workers alive at once. */
  workers: number;
  /** Time within the users' functions, summed over calls, milliseconds. */
  execMs: number;
  /** Time in which at least one call was unfinished, milliseconds. */
  wallMs: number;
}

interface State {
  readonly totals: Totals;
  active: number;
  activeSince: number;
}

const slot = Symbol.for('skein.executor@0');

function state(): State {
  const holder = process as unknown as Record<symbol, State | undefined>;
  holder[slot] ??= {
    totals: { calls: 0, failed: 0, workers: 0, execMs: 0, wallMs: 0 },
    active: 0,
    activeSince: 0,
  };
  return holder[slot];
}

/** A job begins; the answer is to be called when it has ended. */
export function countJob(core: JobCore): () => void {
  const all = state();
  if (all.active++ === 0) all.activeSince = performance.now();
  return () => {
    if (--all.active === 0) all.totals.wallMs += performance.now() - all.activeSince;
    all.totals.calls += core.table.settled;
    all.totals.failed += core.table.failed;
    all.totals.execMs += core.execMs;
  };
}

export function countWorkers(alive: number): void {
  const { totals } = state();
  totals.workers = Math.max(totals.workers, alive);
}
