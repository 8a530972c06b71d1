/**
 * Inputs of a job, read only as fast as they are needed. Arrays are copied when the job is made, so that a later
 * change of the array changes no job; iterators are asked one item at a time; asynchronous ones are read ahead a little.
 */
import { ExecutorError, InputError } from '../errors.ts';
import { jobBehind } from './dependency.ts';
import { JobSource } from './job-source.ts';

/** Items that an asynchronous iterable may be ahead of the workers. */
const READ_AHEAD = 64;

export type Next =
  | { readonly kind: 'item'; readonly item: unknown }
  | { readonly kind: 'pending' }
  | { readonly kind: 'end' };

const pending: Next = { kind: 'pending' };
const end: Next = { kind: 'end' };

export interface InputSource {
  /** How many items there are, where that is known before reading them. */
  readonly length: number | undefined;
  /**
   * The next item; `pending` when it is not there yet (`onReady` is called when it is).
   * @throws {InputError} when the iterable threw; the source has ended then.
   */
  next(): Next;
  /** No more will be read: the iterable may release what it holds. */
  close(): void;
}

export function inputSource(data: unknown, onReady: () => void): InputSource {
  if (Array.isArray(data)) return new ArraySource(data.slice());
  const job = jobBehind(data);
  // A stream forgets what it has given: its results are inputs as they come.
  if (job !== undefined && !job.stream) return new JobSource(job, onReady);
  if (typeof data === 'object' && data !== null) {
    if (Symbol.asyncIterator in data) return new AsyncSource(data as AsyncIterable<unknown>, onReady);
    if (Symbol.iterator in data) return new IteratorSource(data as Iterable<unknown>);
  }
  throw new ExecutorError(
    'invalid-argument',
    `the data of a map is an array or another iterable, asynchronous or not; got ${describe(data)}`,
  );
}

function describe(data: unknown): string {
  if (typeof data === 'string') return 'a string: wrap it in an array, or spread it for its characters';
  if (typeof data === 'function')
    return `the function ${data.name || '(anonymous)'}: call it, if it makes the data`;
  return data === null ? 'null' : typeof data === 'object' ? `an object without an iterator` : String(data);
}

class ArraySource implements InputSource {
  readonly length: number;
  #items: readonly unknown[];
  #at = 0;

  constructor(items: readonly unknown[]) {
    this.#items = items;
    this.length = items.length;
  }

  next(): Next {
    return this.#at < this.#items.length ? { kind: 'item', item: this.#items[this.#at++] } : end;
  }

  close(): void {
    this.#items = []; // a job that has ended holds none of its inputs
    this.#at = 0;
  }
}

class IteratorSource implements InputSource {
  readonly length: number | undefined;
  readonly #iterator: Iterator<unknown>;
  #ended = false;
  #read = 0;

  constructor(data: Iterable<unknown>) {
    this.length =
      data instanceof Set || data instanceof Map
        ? data.size
        : ArrayBuffer.isView(data)
          ? lengthOf(data)
          : undefined;
    this.#iterator = guard('it could not be iterated', () => data[Symbol.iterator]());
  }

  next(): Next {
    if (this.#ended) return end;
    try {
      const { done, value } = this.#iterator.next();
      if (!done) {
        this.#read++;
        return { kind: 'item', item: value };
      }
    } catch (error) {
      this.#ended = true;
      throw inputError(this.#read, error);
    }
    this.#ended = true;
    return end;
  }

  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    try {
      this.#iterator.return?.();
    } catch {
      // The job is over: what its input does on leaving concerns nobody any more.
    }
  }
}

class AsyncSource implements InputSource {
  readonly length: number | undefined;
  readonly #iterator: AsyncIterator<unknown>;
  readonly #onReady: () => void;
  readonly #buffer: unknown[] = [];
  #reading = false;
  #ended = false;
  #error: InputError | undefined;
  #read = 0;

  constructor(data: AsyncIterable<unknown>, onReady: () => void) {
    const { length } = data as { readonly length?: unknown };
    this.length =
      typeof length === 'number' && Number.isSafeInteger(length) && length >= 0 ? length : undefined;
    this.#iterator = guard('it could not be iterated', () => data[Symbol.asyncIterator]());
    this.#onReady = onReady;
  }

  next(): Next {
    if (!this.#ended && !this.#reading && this.#buffer.length < READ_AHEAD / 2) void this.#fill();
    if (this.#buffer.length > 0) return { kind: 'item', item: this.#buffer.shift() };
    if (this.#error !== undefined) {
      const error = this.#error;
      this.#error = undefined;
      throw error;
    }
    return this.#ended ? end : pending;
  }

  async #fill(): Promise<void> {
    this.#reading = true;
    try {
      while (!this.#ended && this.#buffer.length < READ_AHEAD) {
        const { done, value } = await this.#iterator.next();
        if (done) this.#ended = true;
        else if (!this.#ended) {
          this.#read++;
          this.#buffer.push(value);
        }
        this.#onReady();
      }
    } catch (error) {
      this.#ended = true;
      this.#error = inputError(this.#read, error);
      this.#onReady();
    } finally {
      this.#reading = false;
    }
  }

  close(): void {
    this.#buffer.length = 0;
    if (this.#ended) return;
    this.#ended = true;
    void Promise.resolve(this.#iterator.return?.()).catch(() => {
      // As above: nobody is left to tell.
    });
  }
}

function inputError(read: number, cause: unknown): InputError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new InputError(`the data threw after ${read} item${read === 1 ? '' : 's'}: ${reason}`, { cause });
}

function guard<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    throw new InputError(`the data is no usable iterable: ${what}`, { cause });
  }
}

function lengthOf(view: ArrayBufferView): number | undefined {
  return 'length' in view ? Number(view.length) : undefined;
}
