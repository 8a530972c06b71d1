import { setTimeout as sleep } from 'node:timers/promises';
import { CloudObjectError } from './errors.ts';

/** Waits that grow from `first` to `longest` milliseconds and are random, so that those who wait together do not come back together. */
export class Pauses {
  readonly #first: number;
  readonly #longest: number;
  readonly #random: () => number;
  #last: number;

  constructor(first: number, longest: number, random: () => number = Math.random) {
    this.#first = first;
    this.#longest = longest;
    this.#random = random;
    this.#last = first;
  }

  /** Decorrelated jitter, as M. Brooker has it in "Exponential Backoff And Jitter". */
  next(): number {
    const most = Math.min(this.#last * 3, this.#longest);
    this.#last = this.#first + this.#random() * Math.max(0, most - this.#first);
    return this.#last;
  }

  async pause(signal: AbortSignal | undefined): Promise<void> {
    try {
      await sleep(this.next(), undefined, { signal });
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    }
  }
}

/** One signal for all that may end a wait. */
export function endOf(
  what: string,
  {
    signal,
    timeoutMs,
  }: { readonly signal?: AbortSignal | undefined; readonly timeoutMs?: number | undefined },
  ...others: readonly (AbortSignal | undefined)[]
): { readonly signal: AbortSignal; readonly end: () => void } {
  const controller = new AbortController();
  const given = [signal, ...others].filter((one) => one !== undefined);
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(
          () =>
            controller.abort(new CloudObjectError('contended', `${what} was not done after ${timeoutMs} ms`)),
          timeoutMs,
        );
  return { signal: AbortSignal.any([...given, controller.signal]), end: () => clearTimeout(timer) };
}
