/** Time, as the engine is given it, so that tests drive leases and timeouts by hand. */
export interface Clock {
  /** Milliseconds since the epoch: what entries of the log carry. */
  now(): number;
  /** Runs `work` once, `ms` later; the answer takes it back. A clock keeps no process alive. */
  after(ms: number, work: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, work) {
    // Longer than setTimeout can wait: it is looked at again then.
    const timer = setTimeout(work, Math.min(ms, 2 ** 31 - 1));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
