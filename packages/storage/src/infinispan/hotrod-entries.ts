import { StorageError } from '../errors.ts';
import type { Entry, Place, VersionedEntries, VersionedEntry } from './entries.ts';
import { HotRodCache, type HotRodClient } from './hotrod.ts';
import type { InfinispanOptions } from './options.ts';

/**
 * Entries by Hot Rod. Its client knows one cache: each has a connection of its own, made when it is first used.
 *
 * What is asked with its version goes by a second connection, one question at a time: the package takes a reply that
 * comes in two pieces for a whole one, loses its place among the bytes, and would give later answers to the wrong
 * questions. So nothing else is asked there, and after such a reply the connection is used no more and it is asked again.
 * Values that fit into one packet, as those that are written under a condition do, come in one piece.
 */
export class HotRodEntries implements VersionedEntries {
  readonly #options: InfinispanOptions;
  readonly #caches = new Map<string, HotRodCache>();
  readonly #versions = new Map<string, HotRodCache>();
  readonly #asking = new Map<string, Promise<unknown>>();

  constructor(options: InfinispanOptions) {
    this.#options = options;
  }

  async get(place: Place, signal: AbortSignal | undefined): Promise<Entry | undefined> {
    const value = await this.#run(place, signal, (client) => client.get(place.name));
    return value === undefined ? undefined : { value: Buffer.from(value) };
  }

  async getVersion(place: Place, signal: AbortSignal | undefined): Promise<VersionedEntry | undefined> {
    const cache = this.#cache(this.#versions, place.bucket);
    const before = this.#asking.get(place.bucket);
    const asking = (async () => {
      await before?.catch(() => {}); // its own affair
      return cache.run(signal, async (client) => {
        const found = await client.getWithMetadata(place.name);
        if (found === undefined) return undefined;
        const { value, version } = found;
        if (value !== undefined) return { value: Buffer.from(value), version };
        const text = 'the reply came in pieces, which the package infinispan cannot read with versions';
        throw new StorageError('io', `infinispan (Hot Rod): ${text}`, { bucket: place.bucket });
      });
    })();
    this.#asking.set(place.bucket, asking);
    return asking;
  }

  async put(place: Place, value: string, signal: AbortSignal | undefined): Promise<void> {
    await this.#run(place, signal, (client) => client.put(place.name, value));
  }

  putIfAbsent(place: Place, value: string, signal: AbortSignal | undefined): Promise<boolean> {
    return this.#run(place, signal, (client) => client.putIfAbsent(place.name, value));
  }

  replace(place: Place, value: string, version: Buffer, signal: AbortSignal | undefined): Promise<boolean> {
    return this.#run(place, signal, (client) => client.replaceWithVersion(place.name, value, version));
  }

  async remove(place: Place, signal: AbortSignal | undefined): Promise<void> {
    await this.#run(place, signal, (client) => client.remove(place.name));
  }

  async close(): Promise<void> {
    for (const cache of [...this.#caches.values(), ...this.#versions.values()]) cache.close();
    this.#caches.clear();
    this.#versions.clear();
    this.#asking.clear();
  }

  #run<T>(
    { bucket }: Place,
    signal: AbortSignal | undefined,
    operation: (client: HotRodClient) => Promise<T>,
  ): Promise<T> {
    return this.#cache(this.#caches, bucket).run(signal, operation);
  }

  #cache(caches: Map<string, HotRodCache>, bucket: string): HotRodCache {
    const found = caches.get(bucket) ?? new HotRodCache(this.#options, bucket);
    caches.set(bucket, found);
    return found;
  }
}
