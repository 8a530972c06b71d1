/**
 * How long transfers take by their size: a latency, and a time for each byte, learned from those that were measured.
 *
 * Each measurement moves both by the same power of how wrong they were, each by its part in what was expected (exponentiated
 * gradient, Kivinen and Warmuth 1997): small transfers teach the latency, large ones the bandwidth, and neither becomes negative.
 * A network that has changed is noticed within some twenty transfers. One that took much longer than expected (a pause of the
 * garbage collector) counts as {@link OUTLIER} times that.
 */
import type { ExpectedTime } from '../policy.ts';

/** What is assumed before anything was measured. */
export interface Guess {
  readonly latencyMs: number;
  readonly bytesPerSecond: number;
}

/** The first measurements count more: the nth as one of n. */
const RATE = 0.1;
const OUTLIER = 4;
/** From then on a surprise is an outlier. */
const SETTLED = 8;
/** A transfer takes some time, however small. */
const LEAST_MS = 1e-4;

export class TransferTime implements ExpectedTime {
  count = 0;
  #latencyMs: number;
  #msPerByte: number;

  constructor({ latencyMs, bytesPerSecond }: Guess) {
    this.#latencyMs = latencyMs;
    this.#msPerByte = 1000 / bytesPerSecond;
  }

  expect(bytes: number): number {
    return this.#latencyMs + bytes * this.#msPerByte;
  }

  measured(bytes: number, ms: number): void {
    const expected = this.expect(bytes);
    const ratio = Math.max(ms, LEAST_MS) / expected;
    this.count++;
    const counted = this.count > SETTLED ? Math.min(Math.max(ratio, 1 / OUTLIER), OUTLIER) : ratio;
    const change = Math.max(RATE, 1 / this.count) * Math.log(counted);
    const latencyShare = this.#latencyMs / expected;
    this.#latencyMs *= Math.exp(change * latencyShare);
    this.#msPerByte *= Math.exp(change * (1 - latencyShare));
  }
}
