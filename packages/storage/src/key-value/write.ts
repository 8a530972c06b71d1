import type { Body, DriverPut } from '../driver.ts';
import { PreconditionFailedError, quote, StorageError } from '../errors.ts';
import { joined, writeBody } from '../network/multipart.ts';
import { type Condition, type KeyValueStore, newEtag, type Version } from './store.ts';

/**
 * Chunks of a version that is being written live so long after the last sign of their writer, milliseconds. One whose
 * process is stopped for longer has to begin again.
 */
export const DRAFT_MS = 300_000;

export interface WritePlan {
  /** Bytes of a chunk. */
  readonly chunkSize: number;
  /** Chunks that are written at a time. */
  readonly concurrency: number;
}

/** Writes a body beside its description when it is small, else in chunks. */
export async function writeObject(
  store: KeyValueStore,
  { chunkSize, concurrency }: WritePlan,
  bucket: string,
  key: string,
  body: Body,
  options: DriverPut,
): Promise<{ readonly etag: string; readonly size: number }> {
  const { contentType, metadata = {}, signal } = options;
  const version: Version = { bucket, key, etag: newEtag() };
  const { etag } = version;
  const publish = async (size: number, inline?: Uint8Array): Promise<{ etag: string; size: number }> => {
    const chunks = inline ? undefined : chunkSize;
    const description = { etag, size, contentType, metadata, chunkSize: chunks };
    await store.publish(version, { description, body: inline }, options, signal);
    return { etag, size };
  };
  const plan = { partSize: chunkSize, concurrency, maxParts: Number.MAX_SAFE_INTEGER, signal };
  return writeBody(body, plan, {
    async whole(parts, size) {
      const bytes = joined(parts, size);
      if (size <= store.inlineSize(options)) return publish(size, bytes);
      const chunks = new Chunks(store, version);
      try {
        await chunks.write(0, bytes, signal);
        return await chunks.publish(() => publish(size));
      } catch (error) {
        await chunks.abandon().catch(() => {}); // they expire by themselves
        throw error;
      }
    },
    async begin() {
      await checkEarly(store, bucket, key, options);
      const chunks = new Chunks(store, version);
      return {
        async send(part, stop) {
          await chunks.write(part.number - 1, joined(part.parts, part.size), stop);
          return part.size;
        },
        complete: (sizes) => chunks.publish(() => publish(sizes.reduce((sum, size) => sum + size, 0))),
        abort: () => chunks.abandon(),
      };
    },
  });
}

/** Gigabytes are not sent when it is known before that they cannot become an object. It is decided at the end all the same. */
async function checkEarly(
  store: KeyValueStore,
  bucket: string,
  key: string,
  { ifNoneMatch, ifMatch, signal }: DriverPut,
): Promise<void> {
  const condition: Condition = { ifNoneMatch, ifMatch };
  if (ifNoneMatch === undefined && ifMatch === undefined) return;
  const found = await store.describe(bucket, key, signal).catch((error: unknown) => {
    if (error instanceof StorageError && error.code === 'no-such-key') return undefined;
    throw error;
  });
  if (ifNoneMatch === undefined ? found?.etag !== ifMatch : found !== undefined)
    throw new PreconditionFailedError(bucket, key, condition, found?.etag);
}

/** The chunks of one version while it is written. */
class Chunks {
  readonly #store: KeyValueStore;
  readonly #version: Version;
  readonly #beat: NodeJS.Timeout;
  #count = 0;
  #unsure = false;

  constructor(store: KeyValueStore, version: Version) {
    this.#store = store;
    this.#version = version;
    // A source may be silent for longer than its chunks would live.
    const keep = (): void => void store.keep?.(version, DRAFT_MS).catch(() => {});
    this.#beat = setInterval(keep, DRAFT_MS / 3).unref();
  }

  write(index: number, bytes: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    this.#count = Math.max(this.#count, index + 1);
    return this.#store.writeChunk(this.#version, index, bytes, signal);
  }

  async publish<T>(publish: () => Promise<T>): Promise<T> {
    this.#unsure = true;
    try {
      const result = await publish();
      clearInterval(this.#beat);
      return result;
    } catch (error) {
      this.#unsure = !(error instanceof PreconditionFailedError);
      throw error;
    }
  }

  /** Where the answer was lost, the version may be current: then its chunks are left to expire if it is not. */
  async abandon(): Promise<void> {
    clearInterval(this.#beat);
    if (!this.#unsure) await this.#store.discard(this.#version, this.#count);
  }
}

/** The chunks have expired before they became an object: their writer was silent for too long. */
export function expiredDraft({ bucket, key }: Version): StorageError {
  return new StorageError(
    'io',
    `${quote(key)} in bucket ${quote(bucket)} was not written: its writer stood still for more than ${DRAFT_MS / 1000} s`,
    { bucket, key },
  );
}
