/** Time, as the engine is given it, so that tests drive leases and timeouts by hand. */
export interface Clock {
  /** Milliseconds since the epoch: what entries of the log carry. */
  now(): number;
  /** Runs `work` once, `ms` later; the answer takes it back. A clock keeps no process alive. */
  after(ms: number, work: () => void): () => void;
}

const START = performance.timeOrigin;

/**
 * Does not jump when the machine's clock is set: leases and deadlines are lengths of time. Members of a cluster differ by
 * what their clocks were wrong at their start; whoever takes a slot over (D4) has to go on from the larger of this and
 * the time of the log's last entry, so that time does not go back within a log.
 */
export const systemClock: Clock = {
  now: () => Math.floor(START + performance.now()),
  after(ms, work) {
    // Longer than setTimeout can wait: it is looked at again then.
    const timer = setTimeout(work, Math.min(ms, 2 ** 31 - 1));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
