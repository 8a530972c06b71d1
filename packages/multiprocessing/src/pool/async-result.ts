import { badArgument, checkOptions, ProcessError, TimeoutError } from '../errors.ts';
import { limitOf, type TimeoutOptions, within } from '../waiting.ts';

/** Called when a result is there, in this process. What one of them throws nobody handles: it ends the program, as Node's. */
export interface Callbacks<R> {
  readonly callback?: (result: R) => void;
  readonly errorCallback?: (error: unknown) => void;
}

/** Before anything runs. */
export function checkCallbacks<R>(callbacks: Callbacks<R>): void {
  checkOptions('callbacks', ['callback', 'errorCallback'], callbacks);
  const { callback, errorCallback } = callbacks;
  for (const [name, fn] of Object.entries({ callback, errorCallback }))
    if (fn !== undefined && typeof fn !== 'function') throw badArgument(name, 'a function', fn);
}

/** A result that will be there. A failure that nobody asks for is nobody's: it ends no program. */
export class AsyncResult<R> {
  readonly #outcome: Promise<R>;
  #state: 'pending' | 'fulfilled' | 'rejected' = 'pending';

  constructor(outcome: Promise<R>, { callback, errorCallback }: Callbacks<R> = {}) {
    this.#outcome = outcome;
    outcome.then(
      (result) => {
        this.#state = 'fulfilled';
        callback?.(result);
      },
      (error: unknown) => {
        this.#state = 'rejected';
        errorCallback?.(error);
      },
    );
  }

  /** The result; throws what the function has thrown. @throws {TimeoutError} it was not there in time */
  async get(options: TimeoutOptions = {}): Promise<R> {
    if (await this.#isThere(options)) return this.#outcome;
    throw new TimeoutError(`the result was not there within ${options.timeoutMs} ms`);
  }

  /** Waits for the result, whatever it is, or until the time is up. */
  async wait(options: TimeoutOptions = {}): Promise<void> {
    await this.#isThere(options);
  }

  /** The result is there, or the failure. */
  ready(): boolean {
    return this.#state !== 'pending';
  }

  /** It was no failure. @throws {ProcessError} `wrong-state` when it is not {@link ready} */
  successful(): boolean {
    if (!this.ready()) throw new ProcessError('wrong-state', 'the result is not there yet');
    return this.#state === 'fulfilled';
  }

  async #isThere(options: TimeoutOptions): Promise<boolean> {
    const limit = limitOf(options) ?? { timeoutMs: 0 };
    const settled = this.#outcome.then(
      () => true,
      () => true,
    );
    return within(settled, limit);
  }
}
