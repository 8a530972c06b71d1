import { DsoError, Semaphore as SharedSemaphore } from '@skein/dso/handles';
import { badArgument, checkOptions, ProcessError } from '../errors.ts';
import { travels } from '../portable.ts';
import { make } from '../runtime.ts';
import { type BlockOptions, inTime, limitOf } from '../waiting.ts';

export interface SemaphoreOptions {
  /**
   * Permits come back when the process ends that has acquired them. `false`: for semaphores by which one tells another
   * that something has happened.
   * @default true
   */
  readonly owned?: boolean;
}

/** Permits: `acquire` takes one, `release` gives one, whoever has taken it. */
export class Semaphore {
  /** @internal */
  readonly shared: SharedSemaphore;

  /** @param shared internal: where it has travelled */
  constructor(value = 1, options: SemaphoreOptions = {}, shared?: SharedSemaphore) {
    this.shared = shared ?? permits(value, options, undefined);
  }

  /** Takes a permit; whether it was had in time. */
  async acquire(options?: BlockOptions): Promise<boolean> {
    const limit = limitOf(options);
    return limit === undefined ? this.shared.tryAcquire() : inTime(this.shared.acquire(1, limit));
  }

  /** Gives permits. */
  async release(n = 1): Promise<void> {
    if (!(Number.isSafeInteger(n) && n >= 1)) throw badArgument('n', 'how many permits to give, from 1', n);
    try {
      await this.shared.release(n);
    } catch (error) {
      if (!(error instanceof DsoError) || error.code !== 'released-too-often') throw error;
      throw new ProcessError('too-often', 'the semaphore was released too many times');
    }
  }

  /** How many permits there are to be had. */
  getValue(): Promise<number> {
    return this.shared.available();
  }

  /** Runs a function with a permit: Python's `with semaphore`. */
  async use<R>(fn: () => R | Promise<R>): Promise<R> {
    return this.shared.use(fn, { timeoutMs: Number.POSITIVE_INFINITY });
  }
}

/** A semaphore that is never given more permits than it began with. */
export class BoundedSemaphore extends Semaphore {
  constructor(value = 1, options: SemaphoreOptions = {}, shared?: SharedSemaphore) {
    super(value, options, shared ?? permits(value, options, value));
  }
}

function permits(value: number, options: SemaphoreOptions, bound: number | undefined): SharedSemaphore {
  if (!(Number.isSafeInteger(value) && value >= 0))
    throw badArgument('value', 'a whole number from 0', value);
  checkOptions('what a semaphore is made of', ['owned'], options);
  const { owned = true } = options;
  if (typeof owned !== 'boolean') throw badArgument('owned', 'true or false', owned);
  const definition = { permits: value, owned, ...(bound === undefined ? {} : { bound }) };
  return make((dso, key) => dso.semaphore(key, definition));
}

travels(
  'Semaphore',
  Semaphore,
  [SharedSemaphore],
  ({ shared }) => ({ handles: [shared], data: null }),
  ([handle]) => new Semaphore(0, {}, handle),
);
travels(
  'BoundedSemaphore',
  BoundedSemaphore,
  [SharedSemaphore],
  ({ shared }) => ({ handles: [shared], data: null }),
  ([handle]) => new BoundedSemaphore(0, {}, handle),
);
