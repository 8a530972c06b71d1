import { type Portable, type PortableClass, portable, registerPortable } from '@skein/codec';
import type { CacheCore } from './core.ts';
import { badArgument, CacheError } from './errors.ts';
import {
  checkName,
  type EntryOptions,
  type KeepOptions,
  type LoadOptions,
  nameOf,
  type ResolvedLoad,
  resolveLoad,
} from './load-options.ts';
import { closeCache, type OpenCache, openCache } from './open-cache.ts';
import {
  type CacheOptions,
  type CacheState,
  type ResolvedCache,
  reachOf,
  resolveCache,
  stateOf,
} from './options.ts';
import type { CacheStats } from './stats.ts';
import { type CachedStore, type ObjectSource, type WrapOptions, wrapStore } from './wrap.ts';

/**
 * What many calls need, at hand: in the process, on the machine, in a cluster. Made without I/O; tiers are opened by the first
 * operation. A handle: it may be closed over, and stands for the cache of the same namespace and tiers wherever it arrives, one a
 * process.
 *
 * What is kept in memory is given as it is: who changes a value changes it for all of the process. So is a large array that was read from
 * the machine's tier and that somebody still holds.
 */
export class Cache implements AsyncDisposable {
  readonly #options: ResolvedCache;
  readonly #defaults: ResolvedLoad;
  /** Made here, not arrived from elsewhere: what it opens is open until it is closed. */
  #isHolder = true;
  #opened: OpenCache | undefined;
  #isClosed = false;

  /** @throws {ConfigError | CacheError} for options that are wrong */
  constructor(options: CacheOptions = {}) {
    this.#options = resolveCache(options);
    this.#defaults = resolveLoad({}, this.#options.ttlMs);
  }

  get namespace(): string {
    return this.#options.namespace;
  }

  /** The value of a key; undefined when there is none that is fresh. */
  async get<T = unknown>(key: string, { version }: EntryOptions = {}): Promise<T | undefined> {
    const held = await this.#core().get(nameOf(key, version));
    return held?.value as T | undefined;
  }

  /** The same, synchronously, of this process's memory alone. */
  peek<T = unknown>(key: string, { version }: EntryOptions = {}): T | undefined {
    return this.#core().peek(nameOf(key, version))?.value as T | undefined;
  }

  /** Whether there is a value that is fresh, be it undefined. */
  async has(key: string, { version }: EntryOptions = {}): Promise<boolean> {
    return (await this.#core().get(nameOf(key, version))) !== undefined;
  }

  /**
   * Keeps a value in all tiers. Copies of the one before are invalid everywhere.
   *
   * @throws {CacheError} `unreachable` when a tier may still have the one before
   */
  async set(key: string, value: unknown, options?: KeepOptions): Promise<void> {
    checkName('key', key);
    await this.#core().set(nameOf(key, options?.version), value, this.#resolve(options));
  }

  /**
   * The value of a key, from the nearest tier that has it, else from `loader`, which is called once among all who ask meanwhile:
   * in this process, on this machine, and by option in the cluster. When the process that loads dies, another one does, within
   * 25 ms on a machine.
   *
   * An error of the loader is thrown to all who wait, and is not kept unless `errorTtlMs` says so.
   */
  getOrSet<T>(key: string, loader: () => T | PromiseLike<T>, options?: LoadOptions): Promise<T> {
    try {
      checkName('key', key);
      if (typeof loader !== 'function') throw badArgument('loader', 'a function', loader);
      const name = nameOf(key, options?.version);
      return this.#core().getOrSet(name, loader, this.#resolve(options)) as Promise<T>;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Removes a value everywhere. @throws {CacheError} `unreachable` when a tier may still have it */
  async delete(key: string, { version }: EntryOptions = {}): Promise<void> {
    checkName('key', key);
    await this.#core().delete(nameOf(key, version));
  }

  /** Makes every value with the tag invalid, everywhere. @throws {CacheError} `unreachable` when a tier may still have some */
  async invalidate(tag: string): Promise<void> {
    checkName('tag', tag);
    await this.#core().invalidate(tag);
  }

  /** Makes everything in the namespace invalid. @throws {CacheError} `unreachable` */
  async clear(): Promise<void> {
    await this.#core().clear();
  }

  /** What the cache has done in this process, and what its tiers hold. */
  stats(): CacheStats {
    return this.#core().stats();
  }

  /** Objects of a store, read through this cache by their etags. */
  wrap(store: ObjectSource, options: WrapOptions = {}): CachedStore {
    return wrapStore(this, store, options);
  }

  /** Ends what this handle has opened, unless others of the process use it. What is kept outside of the process stays. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const opened = this.#opened;
    if (opened === undefined || !this.#isHolder || --opened.holders > 0) return;
    await closeCache(opened);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #resolve(options: LoadOptions | undefined): ResolvedLoad {
    return options === undefined ? this.#defaults : resolveLoad(options, this.#options.ttlMs);
  }

  #core(): CacheCore {
    if (this.#isClosed) throw new CacheError('closed', `the cache '${this.namespace}' was closed`);
    if (this.#opened === undefined || this.#opened.isClosed) {
      this.#opened = openCache(this.#options);
      if (this.#isHolder) this.#opened.holders++;
    }
    return this.#opened.core;
  }

  static {
    const handle: Portable<Cache, CacheState> = {
      type: 'cache:Cache@1',
      module: '@skein/cache',
      from: import.meta.url,
      reach: (cache) => reachOf(cache.#options),
      dehydrate: (cache) => stateOf(cache.#options),
      revive(state) {
        const cache = new Cache(state as CacheOptions);
        cache.#isHolder = false;
        return cache;
      },
    };
    Object.defineProperty(Cache, portable, { value: handle });
    registerPortable(Cache as unknown as PortableClass);
  }
}
