import type { DriverGet, DriverObject } from '../driver.ts';
import { changedError, StorageError } from '../errors.ts';
import { type RangedRead, readRanged, readRangedInto, type Stretch } from '../network/ranged.ts';
import { type ResolvedRange, resolveRange } from '../range.ts';
import { type Description, infoOf, type KeyValueStore, type Version } from './store.ts';

/** How often a read begins again with the version that has come meanwhile. */
const ATTEMPTS = 5;

export interface ReadPlan {
  /** Chunks that are asked for at a time. */
  readonly concurrency: number;
  /** For how long the chunks of a replaced version are kept for who reads it, milliseconds. */
  readonly graceMs: number;
}

/** Reads the current version: what lies beside the description at once, chunks as far as the range touches them. */
export async function readObject(
  store: KeyValueStore,
  plan: ReadPlan,
  bucket: string,
  key: string,
  { range, prefer, signal }: DriverGet,
): Promise<DriverObject> {
  for (let attempt = 1; ; attempt++) {
    const { description, body } = await store.read(bucket, key, signal);
    const info = infoOf(key, description);
    const wanted = resolveRange(range, description.size, bucket, key);
    if (description.chunkSize === undefined) {
      const whole = checked(body, description.size, bucket, key);
      return { info, body: whole.subarray(wanted.start, wanted.start + wanted.length) };
    }
    const version = { bucket, key, etag: description.etag };
    const read = chunksOf(store, plan, version, description, description.chunkSize, wanted, signal);
    if (prefer === 'stream') return { info, body: trimmed(read, wanted) };
    try {
      const whole = Buffer.allocUnsafeSlow(read.stretch.length);
      await readRangedInto(whole, read);
      const start = wanted.start - read.stretch.start;
      return { info, body: whole.subarray(start, start + wanted.length) };
    } catch (error) {
      // Nothing has been given away of it: the new version is as good.
      if (attempt === ATTEMPTS || !(error instanceof StorageError) || error.code !== 'changed') throw error;
    }
  }
}

/** The chunks that hold the wanted bytes, whole: one is never read twice. */
function chunksOf(
  store: KeyValueStore,
  { concurrency, graceMs }: ReadPlan,
  version: Version,
  { size }: Description,
  chunkSize: number,
  wanted: ResolvedRange,
  signal: AbortSignal | undefined,
): RangedRead {
  const start = wanted.start - (wanted.start % chunkSize);
  const end = Math.min(size, Math.ceil((wanted.start + wanted.length) / chunkSize) * chunkSize);
  let kept = Date.now();
  return {
    stretch: { start, length: end - start },
    partSize: chunkSize,
    concurrency,
    signal,
    async fetch(one: Stretch, stop: AbortSignal): Promise<readonly Uint8Array[]> {
      const now = Date.now();
      if (now - kept > graceMs / 3) {
        kept = now;
        await store.keep?.(version, graceMs);
      }
      const bytes = await store.readChunk(version, one.start / chunkSize, stop);
      if (bytes === undefined) throw await missing(store, version, signal);
      return [checked(bytes, one.length, version.bucket, version.key)];
    },
  };
}

/** A chunk is not there because its version is no longer current; else the server has lost it. */
async function missing(
  store: KeyValueStore,
  { bucket, key, etag }: Version,
  signal: AbortSignal | undefined,
): Promise<StorageError> {
  try {
    const current = await store.describe(bucket, key, signal);
    if (current.etag !== etag) return changedError(bucket, key);
  } catch (error) {
    if (error instanceof StorageError) return changedError(bucket, key, error);
    throw error;
  }
  const message = 'a part of it is not there: the server has evicted or lost it';
  return new StorageError(
    'corrupt',
    `${JSON.stringify(key)} in bucket ${JSON.stringify(bucket)}: ${message}`,
    {
      bucket,
      key,
    },
  );
}

function checked(bytes: Uint8Array | undefined, size: number, bucket: string, key: string): Uint8Array {
  if (bytes?.byteLength === size) return bytes;
  throw new StorageError(
    'corrupt',
    `${JSON.stringify(key)} in bucket ${JSON.stringify(bucket)}: ${bytes?.byteLength ?? 'no'} bytes are there instead of ${size}`,
    { bucket, key },
  );
}

/** Of the first and the last chunk only what is wanted. */
async function* trimmed(read: RangedRead, wanted: ResolvedRange): AsyncGenerator<Uint8Array> {
  let skip = wanted.start - read.stretch.start;
  let left = wanted.length;
  for await (const chunk of readRanged(read)) {
    const piece = chunk.subarray(skip, skip + left);
    skip = 0;
    left -= piece.byteLength;
    yield piece;
  }
}
