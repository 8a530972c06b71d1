import type { ReadStream } from 'node:fs';
import { addAbortSignal, Readable } from 'node:stream';
import { checkEncoding } from '../content.ts';
import { outOfRange } from '../errors.ts';

/** Where a stream reads from. */
export interface ReadSource {
  /** `signal` fires when the stream is destroyed. */
  open(signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  /** Called once, however the stream ends. */
  close(): Promise<void>;
}

/** Options that streams of paths and of handles share. */
export interface ReadSettings {
  readonly encoding?: BufferEncoding | null | undefined;
  readonly emitClose?: boolean | undefined;
  readonly highWaterMark?: number | undefined;
  readonly signal?: AbortSignal | null | undefined;
}

/** As `fs.createReadStream` makes it, without a descriptor: 'open' says -1. */
export class ObjectReadStream extends Readable implements ReadStream {
  bytesRead = 0;
  pending = true;
  path: string;
  readonly #source: ReadSource;
  #iterator: AsyncIterator<Uint8Array> | undefined;
  #rest: Uint8Array | undefined;
  readonly #ending = new AbortController();

  constructor(path: string, source: ReadSource, settings: ReadSettings) {
    const { encoding, emitClose = true, highWaterMark = 64 * 1024, signal } = settings;
    super({
      highWaterMark,
      emitClose,
      ...(encoding && { encoding: checkEncoding(encoding) }),
    });
    this.path = path;
    this.#source = source;
    // Not an option of the base: it would destroy what is not made yet.
    if (signal) addAbortSignal(signal, this);
  }

  close(callback?: (error?: NodeJS.ErrnoException | null) => void): void {
    if (callback) whenClosed(this, callback);
    this.destroy();
  }

  override _construct(callback: (error?: Error | null) => void): void {
    this.#source.open(this.#ending.signal).then(
      (body) => {
        this.#iterator = body[Symbol.asyncIterator]();
        this.pending = false;
        callback();
        this.emit('open', -1);
        this.emit('ready');
      },
      (error: Error) => callback(this.destroyed ? null : error),
    );
  }

  override _read(size: number): void {
    this.#next(size).then(
      (chunk) => {
        this.bytesRead += chunk?.byteLength ?? 0;
        this.push(chunk);
      },
      (error: Error) => this.destroy(error),
    );
  }

  /** Ends a request that is under way: nobody waits for its answer any more. */
  override destroy(error?: Error): this {
    this.#ending.abort();
    return super.destroy(error);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const closing = Promise.resolve(this.#iterator?.return?.()).then(() => this.#source.close());
    closing.then(
      () => callback(error),
      (failed: Error) => callback(error ?? failed),
    );
  }

  /** No more than `size` bytes at a time, as of a file: programs count on it. */
  async #next(size: number): Promise<Uint8Array | null> {
    let bytes = this.#rest;
    while (!bytes?.byteLength) {
      const result = await this.#iterator?.next();
      if (!result || result.done) return null;
      bytes = result.value;
    }
    this.#rest = bytes.subarray(size);
    return bytes.subarray(0, size);
  }
}

/** Calls back once when a stream has closed, also when it has already. */
export function whenClosed(
  stream: NodeJS.EventEmitter & { readonly closed: boolean },
  callback: (error?: NodeJS.ErrnoException | null) => void,
): void {
  if (stream.closed) process.nextTick(callback);
  else stream.once('close', () => callback());
}

/** The bytes that a stream is asked for: from `start` to `end`, both inclusive; no end is the object's. */
export function checkSpan(
  start: unknown,
  end: unknown,
): { readonly start: number | undefined; readonly end: number } {
  const from = start === undefined ? undefined : checkOffset('start', start);
  const to =
    end === undefined || end === Number.POSITIVE_INFINITY
      ? Number.POSITIVE_INFINITY
      : checkOffset('end', end);
  if (from !== undefined && from > to) throw outOfRange('start', `<= "end" (here: ${to})`, start);
  return { start: from, end: to };
}

export function checkOffset(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw outOfRange(name, 'an integer >= 0 and <= 2 ** 53 - 1', value);
}
