import { SharedMap } from '@skein/dso/handles';
import { collect } from '../collect.ts';
import { travels } from '../portable.ts';
import { make } from '../runtime.ts';

/** A dictionary that processes share. */
export class DictProxy<K, V> {
  /** @internal */
  readonly shared: SharedMap<K, V>;

  /** Made by `manager.dict()`. */
  constructor(shared?: SharedMap<K, V>) {
    this.shared = shared ?? make((dso, key) => dso.map<K, V>(key));
  }

  /** @param fallback what it gives where there is no such key */
  async get(key: K): Promise<V | undefined>;
  async get<D>(key: K, fallback: D): Promise<V | D>;
  async get(key: K, fallback?: unknown): Promise<unknown> {
    const value = await this.shared.get(key);
    return value === undefined ? fallback : value;
  }

  set(key: K, value: V): Promise<void> {
    return this.shared.set(key, value);
  }

  /** Removes a key; whether it was there. */
  delete(key: K): Promise<boolean> {
    return this.shared.delete(key);
  }

  has(key: K): Promise<boolean> {
    return this.shared.has(key);
  }

  /** Removes a key and gives its value. */
  async pop(key: K): Promise<V | undefined>;
  async pop<D>(key: K, fallback: D): Promise<V | D>;
  async pop(key: K, fallback?: unknown): Promise<unknown> {
    const value = await this.shared.getAndDelete(key);
    return value === undefined ? fallback : value;
  }

  /** Sets a key that is not there; gives its value. */
  async setdefault(key: K, value: V): Promise<V> {
    if (await this.shared.setIfAbsent(key, value)) return value;
    const there = await this.shared.get(key);
    return there === undefined ? this.setdefault(key, value) : there;
  }

  /** Sets many, at one moment. */
  update(entries: Iterable<readonly [K, V]>): Promise<void> {
    return this.shared.setMany(entries);
  }

  length(): Promise<number> {
    return this.shared.size();
  }

  keys(): Promise<K[]> {
    return collect(this.shared.keys());
  }

  values(): Promise<V[]> {
    return collect(this.shared.values());
  }

  items(): Promise<[K, V][]> {
    return collect(this.shared.entries());
  }

  /** What it holds. */
  async copy(): Promise<Map<K, V>> {
    return new Map(await this.items());
  }

  clear(): Promise<void> {
    return this.shared.clear();
  }

  /** The keys. */
  async *[Symbol.asyncIterator](): AsyncGenerator<K, void, undefined> {
    yield* this.shared.keys();
  }
}

travels(
  'DictProxy',
  DictProxy<unknown, unknown>,
  [SharedMap<unknown, unknown>],
  ({ shared }) => ({ handles: [shared], data: null }),
  ([handle]) => new DictProxy(handle),
);
