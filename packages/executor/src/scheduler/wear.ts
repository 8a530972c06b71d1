/**
 * How much of a worker has been used up. Jobs may have workers replaced after so many calls, or after one: such a worker
 * retires when it has been given the last of them. It gets nothing more, and leaves when what it has is done.
 */
import type { WorkerTerms } from '../wire/loan.ts';

/** A worker that is wanted. */
export interface WantedWorker extends WorkerTerms {
  /** Counted calls after which it is no more what is wanted. */
  readonly maxCalls: number;
}

export class Wear {
  /** Calls that it was given of jobs that count them. */
  #given = 0;
  #retired = false;

  /** Calls that it may still be given of a job. @param most that a worker is to run for it */
  left(most: number): number {
    return most - this.#given;
  }

  /** It is given calls of a job. @param most that a worker is to run for it; without an end, they are not counted */
  add(calls: number, most: number): void {
    if (most === Number.POSITIVE_INFINITY) return;
    this.#given += calls;
    if (this.#given >= most) this.#retired = true;
  }

  retire(): void {
    this.#retired = true;
  }

  /** Some of it is used up: who has lent it, and counts nothing, is not to lend it again. */
  get begun(): boolean {
    return this.#given > 0 || this.#retired;
  }

  /** It takes nothing more. */
  get retired(): boolean {
    return this.#retired;
  }
}
