import type { DriverList, ListEntry, StorageCapability } from '../driver.ts';
import {
  NoSuchBucketError,
  NoSuchKeyError,
  PreconditionFailedError,
  quote,
  StorageError,
} from '../errors.ts';
import {
  type Condition,
  chunkCount,
  type Description,
  type Draft,
  entryOf,
  type Head,
  type KeyValueStore,
  type Version,
} from '../key-value/store.ts';
import { DRAFT_MS, expiredDraft } from '../key-value/write.ts';
import { PAGE } from '../listing.ts';
import { compareKeys } from '../names.ts';
import { forEachAtOnce } from '../network/at-once.ts';
import type { RedisConnection, Reply } from './connection.ts';

const CAPABILITIES: ReadonlySet<StorageCapability> = new Set<StorageCapability>([
  'if-none-match',
  'if-match',
  'metadata',
  'ordered-list',
]);

/** Keys a script deletes: a fraction of a millisecond, in which the server does nothing else. */
const DELETE_BATCH = 500;

export interface RedisStoreOptions {
  readonly prefix: string;
  readonly inlineSize: number;
  readonly graceMs: number;
}

/** Names of what a bucket consists of; `scripts.ts` says what each holds. */
interface Names {
  readonly bucket: string;
  readonly index: string;
  readonly objects: string;
  readonly chunks: string;
}

export class RedisStore implements KeyValueStore {
  readonly kind = 'redis';
  readonly capabilities: ReadonlySet<StorageCapability> = CAPABILITIES;
  readonly #redis: RedisConnection;
  readonly #prefix: string;
  readonly #inlineSize: number;
  readonly #graceMs: number;

  constructor(redis: RedisConnection, { prefix, inlineSize, graceMs }: RedisStoreOptions) {
    this.#redis = redis;
    this.#prefix = prefix;
    this.#inlineSize = inlineSize;
    this.#graceMs = graceMs;
  }

  inlineSize(): number {
    return this.#inlineSize;
  }

  async read(bucket: string, key: string, signal: AbortSignal | undefined): Promise<Head> {
    const object = this.#names(bucket).objects + key;
    const [etag, time, about, body] = await this.#redis.run({ bucket, key }, signal, (redis) =>
      redis.hmgetBuffer(object, 'e', 't', 'd', 'b'),
    );
    if (!etag || !time || !about) throw await this.#missing(bucket, key, signal);
    return { description: describe(etag, time, about), body: body ?? undefined };
  }

  async describe(bucket: string, key: string, signal: AbortSignal | undefined): Promise<Description> {
    const object = this.#names(bucket).objects + key;
    const [etag, time, about] = await this.#redis.run({ bucket, key }, signal, (redis) =>
      redis.hmgetBuffer(object, 'e', 't', 'd'),
    );
    if (!etag || !time || !about) throw await this.#missing(bucket, key, signal);
    return describe(etag, time, about);
  }

  async publish(
    version: Version,
    { description, body }: Draft,
    { ifNoneMatch, ifMatch }: Condition,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { bucket, key, etag } = version;
    const names = this.#names(bucket);
    const { size, contentType, metadata, chunkSize } = description;
    const about = JSON.stringify({ size, contentType, metadata, chunkSize });
    const condition = ifNoneMatch ? 'absent' : ifMatch === undefined ? '' : 'match';
    const keys = [names.bucket, names.index, names.objects + key, names.chunks + etag];
    const wanted = [condition, ifMatch ?? '', chunkCount(description)];
    const inline = body ? asBuffer(body) : '';
    const answer = await this.#redis.run(version, signal, (redis) =>
      redis.publishBuffer(...keys, key, etag, about, ...wanted, this.#graceMs, names.chunks, inline),
    );
    const [outcome, found] = answer as readonly [Buffer, (Buffer | null)?];
    switch (String(outcome)) {
      case 'ok':
        return;
      case 'no-bucket':
        throw new NoSuchBucketError(bucket);
      case 'expired':
        throw expiredDraft(version);
      default:
        throw new PreconditionFailedError(bucket, key, { ifNoneMatch, ifMatch }, found?.toString());
    }
  }

  async writeChunk(
    version: Version,
    index: number,
    bytes: Uint8Array,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const names = this.#names(version.bucket);
    const there = await this.#redis.run(version, signal, (redis) =>
      redis.writeChunkBuffer(names.bucket, names.chunks + version.etag, index, DRAFT_MS, asBuffer(bytes)),
    );
    if (there === 0) throw new NoSuchBucketError(version.bucket);
  }

  async readChunk(
    version: Version,
    index: number,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array | undefined> {
    const chunks = this.#names(version.bucket).chunks + version.etag;
    const bytes = await this.#redis.run(version, signal, (redis) => redis.hgetBuffer(chunks, String(index)));
    return bytes ?? undefined;
  }

  async keep(version: Version, forMs: number): Promise<void> {
    const chunks = this.#names(version.bucket).chunks + version.etag;
    await this.#redis.run(version, undefined, (redis) => redis.keepChunksBuffer(chunks, forMs));
  }

  async discard(version: Version): Promise<void> {
    const { objects, chunks } = this.#names(version.bucket);
    await this.#redis.run(version, undefined, (redis) =>
      redis.discardBuffer(objects + version.key, chunks + version.etag, version.etag),
    );
  }

  async delete(bucket: string, keys: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    const names = this.#names(bucket);
    const prefixes = [this.#graceMs, names.objects, names.chunks];
    const batches = Array.from({ length: Math.ceil(keys.length / DELETE_BATCH) }, (_, i) =>
      keys.slice(i * DELETE_BATCH, (i + 1) * DELETE_BATCH),
    );
    await forEachAtOnce(batches, 4, signal, async (batch, stop) => {
      const there = await this.#redis.run({ bucket }, stop, (redis) =>
        redis.removeBuffer(names.bucket, names.index, ...prefixes, ...batch),
      );
      if (there === 0) throw new NoSuchBucketError(bucket);
    });
  }

  async *list(bucket: string, options: DriverList): AsyncGenerator<readonly ListEntry[]> {
    const { prefix, delimiter = '', startAfter = '', signal } = options;
    const names = this.#names(bucket);
    const length = Buffer.byteLength(prefix);
    const to = prefix === '' ? '+' : Buffer.concat([Buffer.from(`(${prefix}`), Buffer.of(255)]);
    let from: string | Buffer =
      startAfter !== '' && compareKeys(startAfter, prefix) >= 0 ? `(${startAfter}` : `[${prefix}`;
    // A common prefix may begin before the key to start after, and holds keys that come after it.
    const isListed = (common: string): boolean => compareKeys(common, startAfter) > 0;
    while (from.length > 0) {
      const at: string | Buffer = from;
      const answer = (await this.#redis.run({ bucket }, signal, (redis) =>
        redis.listBuffer(names.bucket, names.index, at, to, length, delimiter, PAGE, names.objects),
      )) as readonly Buffer[] | null;
      if (answer === null) throw new NoSuchBucketError(bucket);
      from = answer[0]!;
      const page: ListEntry[] = [];
      for (let i = 1; i + 3 < answer.length; i += 4) {
        const key = answer[i]!.toString();
        const etag = answer[i + 1]!;
        if (etag.length > 0) page.push(entryOf(key, describe(etag, answer[i + 2]!, answer[i + 3]!)));
        else if (isListed(key)) page.push({ kind: 'prefix', prefix: key });
      }
      if (page.length > 0) yield page;
    }
  }

  async createBucket(bucket: string): Promise<void> {
    const names = this.#names(bucket);
    await this.#redis.run({ bucket }, undefined, (redis) =>
      redis.set(names.bucket, new Date().toISOString(), 'NX'),
    );
  }

  async headBucket(bucket: string): Promise<boolean> {
    return this.#exists(bucket, undefined);
  }

  async deleteBucket(bucket: string): Promise<void> {
    const names = this.#names(bucket);
    const objects: Reply = await this.#redis.run({ bucket }, undefined, (redis) =>
      redis.removeBucketBuffer(names.bucket, names.index),
    );
    if (objects === -1) throw new NoSuchBucketError(bucket);
    if (objects !== 0) {
      const message = `bucket ${quote(bucket)} was not deleted: it holds ${objects} objects`;
      throw new StorageError('busy', message, { bucket });
    }
  }

  close(): Promise<void> {
    return this.#redis.close();
  }

  #names(bucket: string): Names {
    const name = `${this.#prefix}:{${bucket}}`;
    return { bucket: name, index: `${name}:index`, objects: `${name}:o:`, chunks: `${name}:c:` };
  }

  async #exists(bucket: string, signal: AbortSignal | undefined): Promise<boolean> {
    const name = this.#names(bucket).bucket;
    return (await this.#redis.run({ bucket }, signal, (redis) => redis.exists(name))) === 1;
  }

  async #missing(bucket: string, key: string, signal: AbortSignal | undefined): Promise<StorageError> {
    return (await this.#exists(bucket, signal))
      ? new NoSuchKeyError(bucket, key)
      : new NoSuchBucketError(bucket);
  }
}

function describe(etag: Buffer, time: Buffer, about: Buffer): Description {
  const { size, contentType, metadata, chunkSize } = JSON.parse(about.toString()) as Description;
  return { etag: etag.toString(), modified: Number(time), size, contentType, metadata, chunkSize };
}

/** The client takes any other view of bytes for something to be made text of. Nothing is copied. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
