import type { DriverList, ListEntry, StorageCapability } from '../driver.ts';
import {
  NoSuchKeyError,
  PreconditionFailedError,
  quote,
  StorageError,
  UnsupportedCapabilityError,
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
import { DRAFT_MS } from '../key-value/write.ts';
import { commonPrefix, PAGE } from '../listing.ts';
import { forEachAtOnce } from '../network/at-once.ts';
import { createCache, hasCache, removeCache } from './caches.ts';
import type { Entries, Entry, VersionedEntries } from './entries.ts';
import { namesOf, orderedKeys } from './listing.ts';
import { chunkName, keepName, keyOfObject, objectName } from './names.ts';
import type { InfinispanRest } from './rest.ts';
import type { RestEntries } from './rest-entries.ts';
import { removeChunks, SweepTimes } from './sweep.ts';

/**
 * Bodies up to here lie in their descriptions. Listings read them along, a page of which so moves 43 MB at most, a few
 * entries at a time.
 */
const INLINE = 32 * 1024;
/** Such an entry fits into one packet, where Hot Rod will ask for it with its version: see `hotrod-entries.ts`. */
const INLINE_WATCHED = 768;
const AT_ONCE = 32;

const LINE_FEED = 10;

export interface InfinispanStoreOptions {
  readonly rest: InfinispanRest;
  /** Chunks, and entries that expire: bytes, which only REST carries as such. */
  readonly bytes: RestEntries;
  /** Objects, by either protocol. */
  readonly objects: Entries;
  /** The same, where the protocol knows versions. */
  readonly versioned: VersionedEntries | undefined;
  readonly cacheManager: string | undefined;
  readonly graceMs: number;
}

/** A bucket is a cache: the server counts, limits, secures and removes it as one. */
export class InfinispanStore implements KeyValueStore {
  readonly kind = 'infinispan';
  readonly capabilities: ReadonlySet<StorageCapability>;
  readonly #rest: InfinispanRest;
  readonly #bytes: RestEntries;
  readonly #objects: Entries;
  readonly #versioned: VersionedEntries | undefined;
  readonly #cacheManager: string | undefined;
  readonly #graceMs: number;
  readonly #sweeps = new SweepTimes();
  readonly #retired = new Map<NodeJS.Timeout, Version>();

  constructor({ rest, bytes, objects, versioned, cacheManager, graceMs }: InfinispanStoreOptions) {
    this.#rest = rest;
    this.#bytes = bytes;
    this.#objects = objects;
    this.#versioned = versioned;
    this.#cacheManager = cacheManager;
    this.#graceMs = graceMs;
    const always: StorageCapability[] = ['metadata', 'ordered-list'];
    this.capabilities = new Set(versioned ? [...always, 'if-none-match', 'if-match'] : always);
  }

  inlineSize({ ifNoneMatch, ifMatch }: Condition): number {
    // What is written under a condition once is most often replaced under one.
    const isWatched = ifNoneMatch !== undefined || ifMatch !== undefined;
    return isWatched && this.#versioned ? INLINE_WATCHED : INLINE;
  }

  async read(bucket: string, key: string, signal: AbortSignal | undefined): Promise<Head> {
    const found = await this.#find(bucket, key, signal);
    if (found === undefined) throw new NoSuchKeyError(bucket, key);
    return parseHead(found, bucket, key);
  }

  async describe(bucket: string, key: string, signal: AbortSignal | undefined): Promise<Description> {
    return (await this.read(bucket, key, signal)).description;
  }

  async publish(
    version: Version,
    { description, body }: Draft,
    condition: Condition,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { bucket, key, etag } = version;
    const place = { bucket, name: objectName(key) };
    const about = JSON.stringify({ ...description, modified: Date.now() });
    const value = `${about}\n${body ? Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64') : ''}`;
    if (condition.ifNoneMatch !== undefined) {
      if (await this.#versioned!.putIfAbsent(place, value, signal)) return;
      const found = await this.#current(bucket, key, signal);
      // The answer to the first attempt was lost, or it was gone by the time of the second look.
      if (found?.etag !== etag) throw new PreconditionFailedError(bucket, key, condition, found?.etag);
      return;
    }
    const found =
      condition.ifMatch === undefined
        ? await this.#replace(version, value, signal)
        : await this.#replaceIf(version, value, condition.ifMatch, signal);
    if (found) await this.#retire(bucket, key, found);
  }

  async writeChunk(
    version: Version,
    index: number,
    bytes: Uint8Array,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (index === 0) await this.keep(version, DRAFT_MS);
    await this.#bytes.put({ bucket: version.bucket, name: chunkName(version, index) }, bytes, signal);
  }

  async readChunk(
    version: Version,
    index: number,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array | undefined> {
    const found = await this.#bytes.get({ bucket: version.bucket, name: chunkName(version, index) }, signal);
    return found?.value;
  }

  async keep(version: Version, forMs: number): Promise<void> {
    const place = { bucket: version.bucket, name: keepName(version) };
    await this.#bytes.putFor(place, '', Math.ceil(forMs / 1000));
  }

  async discard(version: Version, chunks: number): Promise<void> {
    await removeChunks(this, version, chunks);
  }

  async delete(bucket: string, keys: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    await forEachAtOnce(keys, AT_ONCE, signal, async (key, stop) => {
      const found = await this.#current(bucket, key, stop);
      if (found === undefined) return;
      await this.#objects.remove({ bucket, name: objectName(key) }, stop);
      await this.#retire(bucket, key, found);
    });
  }

  async *list(bucket: string, options: DriverList): AsyncGenerator<readonly ListEntry[]> {
    const { prefix, delimiter, signal } = options;
    const sweep = this.#sweeps.due(bucket);
    const rest = this.#rest;
    let swept = false;
    const names = async function* (): AsyncGenerator<string> {
      for await (const name of namesOf(rest, bucket, signal)) {
        if (!swept) sweep?.see(name);
        yield name;
      }
      swept = true;
    };
    const isPrefix = (text: string): boolean =>
      delimiter !== undefined && commonPrefix(text, prefix, delimiter) !== undefined;
    for await (const keys of orderedKeys(names, options)) {
      for (let at = 0; at < keys.length; at += PAGE) {
        const page = await this.#entries(bucket, keys.slice(at, at + PAGE), isPrefix, signal);
        if (page.length > 0) yield page;
      }
    }
    // The listing does not wait for it, and does not fail with it.
    void sweep?.run(this).catch(() => {});
  }

  createBucket(bucket: string): Promise<void> {
    return createCache(this.#rest, bucket, this.#cacheManager);
  }

  headBucket(bucket: string): Promise<boolean> {
    return hasCache(this.#rest, bucket);
  }

  /** Between the look and the removal somebody may write: no service of Infinispan does both in one step. */
  async deleteBucket(bucket: string): Promise<void> {
    for await (const name of namesOf(this.#rest, bucket, undefined)) {
      if (keyOfObject(name) === undefined) continue;
      const text = `bucket ${quote(bucket)} was not deleted: it holds objects`;
      throw new StorageError('busy', text, { bucket });
    }
    await removeCache(this.#rest, bucket);
  }

  async close(): Promise<void> {
    for (const timer of this.#retired.keys()) clearTimeout(timer);
    this.#retired.clear();
    await this.#objects.close();
    this.#rest.close();
  }

  async isWanted(version: Version): Promise<boolean> {
    const { bucket, key, etag } = version;
    const current = await this.#current(bucket, key, undefined);
    if (current?.etag === etag) return true;
    return (await this.#bytes.get({ bucket, name: keepName(version) }, undefined)) !== undefined;
  }

  async removeChunk(version: Version, index: number, signal: AbortSignal | undefined): Promise<void> {
    await this.#bytes.remove({ bucket: version.bucket, name: chunkName(version, index) }, signal);
  }

  /** Whatever is there. Of two at once the second may see the first one's predecessor: a listing finds those chunks. */
  async #replace(
    { bucket, key }: Version,
    value: string,
    signal: AbortSignal | undefined,
  ): Promise<Description | undefined> {
    const found = await this.#current(bucket, key, signal);
    await this.#objects.put({ bucket, name: objectName(key) }, value, signal);
    return found;
  }

  /** That version only. */
  async #replaceIf(
    { bucket, key, etag }: Version,
    value: string,
    ifMatch: string,
    signal: AbortSignal | undefined,
  ): Promise<Description | undefined> {
    const place = { bucket, name: objectName(key) };
    const versioned = this.#versioned;
    if (versioned === undefined) throw new UnsupportedCapabilityError(this.kind, 'if-match', { bucket, key });
    const before = await versioned.getVersion(place, signal);
    const found = before && parseHead(before, bucket, key).description;
    if (!before || found?.etag !== ifMatch)
      throw new PreconditionFailedError(bucket, key, { ifMatch }, found?.etag);
    if (await versioned.replace(place, value, before.version, signal)) return found;
    const current = await this.#current(bucket, key, signal);
    // What is there may be what the first attempt wrote, whose answer was lost.
    if (current?.etag !== etag) throw new PreconditionFailedError(bucket, key, { ifMatch }, current?.etag);
    return found;
  }

  #find(bucket: string, key: string, signal: AbortSignal | undefined): Promise<Entry | undefined> {
    return this.#objects.get({ bucket, name: objectName(key) }, signal);
  }

  async #current(
    bucket: string,
    key: string,
    signal: AbortSignal | undefined,
  ): Promise<Description | undefined> {
    const found = await this.#find(bucket, key, signal);
    return found && parseHead(found, bucket, key).description;
  }

  async #entries(
    bucket: string,
    keys: readonly string[],
    isPrefix: (text: string) => boolean,
    signal: AbortSignal | undefined,
  ): Promise<readonly ListEntry[]> {
    const entries = new Map<string, ListEntry>();
    await forEachAtOnce(keys, AT_ONCE, signal, async (key, stop) => {
      if (isPrefix(key)) {
        entries.set(key, { kind: 'prefix', prefix: key });
        return;
      }
      const description = await this.#current(bucket, key, stop);
      if (description) entries.set(key, entryOf(key, description));
    });
    return keys.flatMap((key) => entries.get(key) ?? []);
  }

  /** Chunks of a version that is no longer current go when its readers have had their time; else a listing finds them. */
  async #retire(bucket: string, key: string, description: Description): Promise<void> {
    const count = chunkCount(description);
    if (count === 0) return;
    const version = { bucket, key, etag: description.etag };
    if (this.#graceMs === 0) {
      await removeChunks(this, version, count).catch(() => {});
      return;
    }
    await this.keep(version, this.#graceMs).catch(() => {}); // readers may have to begin again
    const remove = async (): Promise<void> => {
      this.#retired.delete(timer);
      if (!(await this.isWanted(version))) await removeChunks(this, version, count);
    };
    // A little later than the entry that keeps them.
    const timer = setTimeout(() => void remove().catch(() => {}), this.#graceMs + 2_000).unref();
    this.#retired.set(timer, version);
  }
}

function parseHead({ value }: Entry, bucket: string, key: string): Head {
  const end = value.indexOf(LINE_FEED);
  try {
    if (end < 0) throw new Error('it has no end of line');
    const { etag, size, modified, contentType, metadata, chunkSize } = JSON.parse(
      value.toString('utf8', 0, end),
    ) as Description;
    const description = { etag, size, modified, contentType, metadata, chunkSize };
    const body =
      chunkSize === undefined ? Buffer.from(value.toString('latin1', end + 1), 'base64') : undefined;
    return { description, body };
  } catch (cause) {
    const text = `${quote(key)} in bucket ${quote(bucket)} is no description of an object`;
    throw new StorageError('corrupt', text, { bucket, key, cause });
  }
}
