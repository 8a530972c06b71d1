import { count, duration } from './units.ts';

/** What the executor counts for the whole process, however many executors and copies of the package it holds. */
export interface Totals {
  /** Calls that have ended. */
  readonly calls: number;
  /** Of those, the calls that did not succeed. */
  readonly failed: number;
  /** The most workers that were alive at once. */
  readonly workers: number;
  /** Time spent in the user's functions, summed over all calls, in milliseconds. */
  readonly execMs: number;
  /** Time in which at least one call was unfinished, in milliseconds. */
  readonly wallMs: number;
}

const executorState = Symbol.for('skein.executor@0');

/** The totals of this process, or `undefined` when no executor was loaded. */
export function processTotals(): Totals | undefined {
  const state: unknown = Reflect.get(process, executorState);
  if (typeof state !== 'object' || state === null) return undefined;
  const totals: unknown = Reflect.get(state, 'totals');
  return isTotals(totals) ? totals : undefined;
}

function isTotals(value: unknown): value is Totals {
  if (typeof value !== 'object' || value === null) return false;
  return ['calls', 'failed', 'workers', 'execMs', 'wallMs'].every(
    (key) => typeof Reflect.get(value, key) === 'number',
  );
}

/**
 * The line that ends a run. The speed-up compares the calls' summed execution time, which is what one process
 * would have needed to run them one after another, with the time from the first call to the last result.
 *
 * @example `skein: 100 calls, 2 workers, 4.3 s: 1.9x one process (8.2 s of calls)`
 */
export function summaryLine(totals: Totals | undefined): string {
  if (totals === undefined || totals.calls === 0) return 'skein: no calls';
  const { calls, failed, workers, execMs, wallMs } = totals;
  const failures = failed === 0 ? '' : ` (${failed} failed)`;
  const speedUp =
    wallMs > 0 ? `: ${(execMs / wallMs).toFixed(1)}x one process (${duration(execMs)} of calls)` : '';
  return `skein: ${count(calls, 'call')}${failures}, ${count(workers, 'worker')}, ${duration(wallMs)}${speedUp}`;
}
