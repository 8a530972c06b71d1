/**
 * Reading objects by HTTP: whole or by a range, what is larger than a part by several requests for one version. A
 * connection that breaks in the middle is made good by asking for the rest of that version.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { DriverGet, DriverObject, ObjectInfo } from '../driver.ts';
import { changedError, NoSuchKeyError, StorageError } from '../errors.ts';
import { type ResolvedRange, resolveRange } from '../range.ts';
import { HeldBody } from './held-body.ts';
import { readRanged, readRangedInto, type Stretch } from './ranged.ts';
import { retry } from './retry.ts';

/** What a service answers: what it says of the object, and a body of so many bytes. */
export interface ObjectAnswer {
  readonly info: ObjectInfo;
  readonly length: number;
  readonly body: Readable;
  /** Of a whole object, where the service knows a sum of its bytes. */
  readonly check?: Check | undefined;
}

/** Sums bytes up as they come. */
export interface Check {
  update(chunk: Uint8Array): void;
  /** @throws {StorageError} `corrupt`: the bytes are not what the service knows them to be */
  done(): void;
}

export interface ObjectSource {
  readonly bucket: string;
  readonly key: string;
  readonly partSize: number;
  readonly concurrency: number;
  /** How often a request is tried in all. */
  readonly attempts: number;
  /** The service lets nobody write an object that is being read: what a slow reader has not taken is not left there. */
  readonly locks?: boolean | undefined;
  /** Asks once for an object, or for a part of the version that has this etag, by errors of this package. */
  ask(wanted: {
    /** Of the header `Range`. */
    readonly range?: string | undefined;
    readonly ifMatch?: string | undefined;
    readonly signal?: AbortSignal | undefined;
  }): Promise<ObjectAnswer>;
  /** An error of a body as one of this package. */
  failure(cause: unknown, signal: AbortSignal | undefined): unknown;
}

/** Of one connection that no others would help: that of this machine or its rack. Those of clouds bring less. */
const QUICK_BYTES_PER_MS = 128_000;
/** For so long a reader may pause before what it reads can be written. */
const LOCK_MS = 1_000;

/**
 * One request for what fits into two parts. Of more, into memory the first part is taken from the answer to that request, and the
 * rest is asked for at the same time; a stream goes on with that answer as long as it keeps up.
 */
export async function readObject(source: ObjectSource, options: DriverGet): Promise<DriverObject> {
  const { bucket, key, partSize, concurrency } = source;
  const { signal, prefer } = options;
  const again = <T>(work: () => Promise<T>, stop = signal): Promise<T> =>
    retry(work, { attempts: source.attempts, retryable: isRetryable, signal: stop });
  const answer = await again(() => source.ask({ range: rangeHeader(options), signal }));
  const { info, body } = answer;
  const fetch = (one: Stretch, stop: AbortSignal): Promise<readonly Uint8Array[]> =>
    again(async () => {
      const range = `bytes=${one.start}-${one.start + one.length - 1}`;
      const part = await source.ask({ range, ifMatch: info.etag, signal: stop }).catch((error: unknown) => {
        throw error instanceof NoSuchKeyError ? changedError(bucket, key, error) : error;
      });
      const pieces: Uint8Array[] = [];
      for await (const piece of exactly(part.body, one.length, source, stop)) pieces.push(piece);
      return pieces;
    }, stop);
  try {
    const { start, length } = stretchOf(answer, options, source);
    const read = { partSize, concurrency, signal, fetch };
    // Two parts are not worth a second request, for which the first one's connection would be broken.
    const first = length <= 2 * partSize ? length : partSize;
    if (prefer === 'bytes') {
      const whole = Buffer.allocUnsafeSlow(length);
      const into = (from: number, to: number, stop = signal): Promise<void> =>
        readRangedInto(whole.subarray(from, to), {
          ...read,
          signal: stop,
          stretch: { start: start + from, length: to - from },
        });
      const beginning = (): Promise<number> => fill(whole.subarray(0, first), body, source, signal);
      const done =
        first === length
          ? await beginning()
          : await together(signal, [beginning, (stop) => into(first, length, stop)]);
      await into(done, first); // what a broken connection did not bring
      answer.check?.update(whole);
      answer.check?.done();
      return { info, body: whole };
    }
    const all = exactly(body, length, source, signal);
    const small = first === length;
    const beginning = !small ? whileQuick(all, body, source) : source.locks ? await taken(all) : all;
    const stream = async function* (): AsyncGenerator<Uint8Array, undefined> {
      let done = 0;
      try {
        for await (const chunk of beginning) {
          done += chunk.byteLength;
          yield chunk;
        }
      } catch (error) {
        if (!isRetryable(error)) throw error; // else the connection has broken
      }
      yield* readRanged({ ...read, stretch: { start: start + done, length: length - done } });
      return undefined;
    };
    return {
      info,
      body: new HeldBody(body, () => (answer.check ? checked(stream(), answer.check) : stream())),
    };
  } catch (error) {
    body.destroy();
    throw error;
  }
}

/** The first one's result; both run at a time. When one fails, the other is ended. */
async function together<T>(
  signal: AbortSignal | undefined,
  [one, other]: readonly [() => Promise<T>, (stop: AbortSignal) => Promise<void>],
): Promise<T> {
  const stop = new AbortController();
  try {
    const both = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
    const [result] = await Promise.all([one(), other(both)]);
    return result;
  } finally {
    stop.abort(new Error('the rest is not wanted'));
  }
}

/** Whether the same request may succeed later. */
export function isRetryable(error: unknown): boolean {
  return error instanceof StorageError && error.retryable;
}

function rangeHeader({ range }: DriverGet): string | undefined {
  if (range === undefined) return undefined;
  return 'suffix' in range ? `bytes=-${range.suffix}` : `bytes=${range.start}-${range.end ?? ''}`;
}

/** What the answer holds of the object: what was asked for, and nothing else. */
function stretchOf(answer: ObjectAnswer, { range }: DriverGet, { bucket, key }: ObjectSource): ResolvedRange {
  const wanted = resolveRange(range, answer.info.size, bucket, key);
  if (answer.length === wanted.length) return wanted;
  throw new StorageError(
    'corrupt',
    `the service sent ${answer.length} bytes where ${wanted.length} were asked for`,
    { bucket, key },
  );
}

/** The first `length` bytes and not one less; what comes after them is let go. */
async function* exactly(
  body: Readable,
  length: number,
  { bucket, key, failure }: ObjectSource,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, undefined> {
  let left = length;
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      const piece = chunk.subarray(0, left);
      left -= piece.byteLength;
      if (piece.byteLength > 0) yield piece;
      // Leaving the loop destroys the connection, which one that has nothing more to say is spared.
      if (left === 0 && chunk.byteLength > piece.byteLength) break;
    }
  } catch (cause) {
    throw failure(cause, signal);
  }
  if (left > 0) {
    throw new StorageError('io', `the connection ended ${left} bytes before the end of what was read`, {
      bucket,
      key,
    });
  }
  return undefined;
}

/** What comes before the connection breaks. */
async function taken(chunks: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const all: Uint8Array[] = [];
  try {
    for await (const chunk of chunks) all.push(chunk);
  } catch (error) {
    if (!isRetryable(error)) throw error;
  }
  return Readable.from(all);
}

/**
 * What one connection brings while it is no slower than several would be, and while its reader takes it: where the service
 * locks what is read, a reader that pauses gives the connection up.
 */
function whileQuick(
  chunks: AsyncIterable<Uint8Array>,
  body: Readable,
  { partSize, locks }: ObjectSource,
): AsyncIterable<Uint8Array> {
  // From now on: a reader may never begin.
  const pause = locks ? setTimeout(() => body.destroy(), LOCK_MS).unref() : undefined;
  return taking();

  async function* taking(): AsyncGenerator<Uint8Array, undefined> {
    try {
      let left = partSize;
      let waitedMs = 0;
      let asked = performance.now();
      for await (const chunk of chunks) {
        waitedMs += performance.now() - asked;
        pause?.refresh();
        yield chunk;
        left -= chunk.byteLength;
        if (left <= 0) {
          if (waitedMs > partSize / QUICK_BYTES_PER_MS) break;
          left += partSize;
          waitedMs = 0;
        }
        asked = performance.now();
      }
    } finally {
      clearTimeout(pause);
    }
    return undefined;
  }
}

async function* checked(
  chunks: AsyncIterable<Uint8Array>,
  check: Check,
): AsyncGenerator<Uint8Array, undefined> {
  for await (const chunk of chunks) {
    check.update(chunk);
    yield chunk;
  }
  check.done();
  return undefined;
}

/**
 * Fills it with what comes before the connection breaks, and returns how many bytes that were; what comes after them is let
 * go. By events: to iterate over a stream costs more than a small object does.
 */
function fill(
  target: Uint8Array,
  body: Readable,
  { failure }: ObjectSource,
  signal: AbortSignal | undefined,
): Promise<number> {
  return new Promise((resolve, reject) => {
    let at = 0;
    const fail = (cause: unknown): void => {
      const error = failure(cause, signal);
      if (isRetryable(error)) resolve(at);
      else reject(error);
    };
    if (body.errored) return fail(body.errored);
    if (body.closed) return resolve(at);
    body.on('data', (chunk: Uint8Array) => {
      const piece = chunk.subarray(0, target.byteLength - at);
      target.set(piece, at);
      at += piece.byteLength;
      if (piece.byteLength < chunk.byteLength) body.destroy();
    });
    body.once('error', fail);
    body.once('end', () => resolve(at));
    body.once('close', () => resolve(at));
  });
}

/** Bytes of the whole object, and of the body, as the headers of an answer say them. */
export function sizesOf(headers: IncomingHttpHeaders): { readonly size: number; readonly length: number } {
  const length = Number(headers['content-length'] ?? 0);
  const total = /\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1];
  return { size: total === undefined ? length : Number(total), length };
}
