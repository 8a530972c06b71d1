import { type Completed, InputError, type Job } from '@skein/executor';
import { TimeoutError } from '../errors.ts';
import { type Limit, limitOf, type TimeoutOptions, within } from '../waiting.ts';

type Chunk<R> = readonly R[];

/** How the input of an iterator is read: no further ahead of whoever reads the results than this many chunks. */
export class Window {
  #size: number;
  #read = 0;
  #given = 0;
  #wake: (() => void) | undefined;
  #ended = false;

  constructor(size: number) {
    this.#size = size;
  }

  /** Resolves when another chunk may be read; `false`: none is wanted any more. */
  async turn(): Promise<boolean> {
    while (!this.#ended && this.#read - this.#given >= this.#size)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    this.#read++;
    return !this.#ended;
  }

  /** A chunk's results were given to whoever reads them. */
  gave(): void {
    this.#given++;
    this.#wake?.();
  }

  /** From now on everything is read. */
  widen(): void {
    this.#size = Number.POSITIVE_INFINITY;
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }
}

/**
 * Results as they are read, of an input that is read no faster. A call that has failed throws when its turn comes, and
 * those after it can be read still, by `next()`; a loop ends with the first failure.
 */
export class IMapIterator<R> implements AsyncIterableIterator<R> {
  readonly #job: Job<Chunk<R>>;
  readonly #window: Window;
  readonly #ordered: boolean;
  readonly #ended: () => void;
  readonly #completed: AsyncIterator<Completed<Chunk<R>>>;
  /** Came before their turn, by their place in the order in which they are read. */
  readonly #early = new Map<number, Completed<Chunk<R>>>();
  #came = 0;
  /** Why there is nothing after what has come. */
  #failure: { readonly reason: unknown } | undefined;
  #nextIndex = 0;
  #isLeft = false;
  #results: Chunk<R> = [];
  #at = 0;
  /** Asked for, and not given to anybody yet: who asked has waited too long. */
  #pending: Promise<IteratorResult<R, undefined>> | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  /** @param ended called when no more is to come */
  constructor(job: Job<Chunk<R>>, window: Window, ordered: boolean, ended: () => void) {
    this.#job = job;
    this.#window = window;
    this.#ordered = ordered;
    this.#ended = ended;
    this.#completed = job.completed()[Symbol.asyncIterator]();
  }

  /** @throws {TimeoutError} the next result is not there in time; whoever asks next gets it */
  next(options: TimeoutOptions = {}): Promise<IteratorResult<R, undefined>> {
    const limit = limitOf(options) ?? { timeoutMs: 0 };
    const result = this.#turn.then(() => this.#take(limit));
    this.#turn = result.catch(() => {});
    return result;
  }

  /** Ends it: what is not read will not be run. */
  async return(): Promise<IteratorResult<R, undefined>> {
    this.#isLeft = true;
    this.#window.end();
    this.#job.cancel();
    this.#ended();
    return { done: true, value: undefined };
  }

  /** Has all that is left run, whether it is read or not: results are kept until they are. */
  async finish(): Promise<void> {
    this.#window.widen();
    while (await this.#pull());
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #take(limit: Limit): Promise<IteratorResult<R, undefined>> {
    if (this.#isLeft) return { done: true, value: undefined };
    this.#pending ??= this.#next();
    const settled = this.#pending.then(
      () => true,
      () => true,
    );
    if (!(await within(settled, limit)))
      throw new TimeoutError(`the next result was not there within ${limit.timeoutMs} ms`);
    const result = this.#pending;
    this.#pending = undefined;
    return result;
  }

  async #next(): Promise<IteratorResult<R, undefined>> {
    while (this.#at >= this.#results.length) {
      const chunk = await this.#nextChunk();
      if (chunk === undefined) return { done: true, value: undefined };
      this.#window.gave();
      if (chunk.status === 'rejected') throw chunk.reason;
      this.#results = chunk.value;
      this.#at = 0;
    }
    return { done: false, value: this.#results[this.#at++]! };
  }

  async #nextChunk(): Promise<Completed<Chunk<R>> | undefined> {
    for (;;) {
      const next = this.#early.get(this.#nextIndex);
      if (next !== undefined) {
        this.#early.delete(this.#nextIndex++);
        return next;
      }
      if (await this.#pull()) continue;
      if (this.#failure === undefined) return undefined;
      const { reason } = this.#failure;
      this.#failure = undefined;
      throw reason;
    }
  }

  /** Waits for the next chunk that comes; `false` when none does. */
  async #pull(): Promise<boolean> {
    const alive = setInterval(() => {}, 2 ** 30);
    try {
      const { done, value } = await this.#completed.next();
      if (!done) this.#early.set(this.#ordered ? value.index : this.#came++, value);
      else this.#ended();
      return !done;
    } catch (error) {
      // What the user's iterable has thrown is the user's.
      const reason: unknown = error instanceof InputError && error.cause !== undefined ? error.cause : error;
      this.#failure = { reason };
      this.#ended();
      return false;
    } finally {
      clearInterval(alive);
    }
  }
}
