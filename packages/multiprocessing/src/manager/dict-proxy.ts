import { SharedMap } from '@skein/dso/handles';
import { travels } from '../portable.ts';
import { currentRuntime } from '../runtime.ts';

/** A dictionary that processes share. */
export class DictProxy<K, V> {
  /** @internal */
  readonly shared: SharedMap<K, V>;

  /** Made by `manager.dict()`. */
  constructor(shared?: SharedMap<K, V>) {
    const runtime = shared === undefined ? currentRuntime() : undefined;
    this.shared = shared ?? runtime!.dso.map<K, V>(runtime!.key());
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

  async keys(): Promise<K[]> {
    return list(this.shared.keys());
  }

  async values(): Promise<V[]> {
    return list(this.shared.values());
  }

  async items(): Promise<[K, V][]> {
    return list(this.shared.entries());
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
  DictProxy<unknown, unknown>,
  [SharedMap<unknown, unknown>],
  ({ shared }) => ({ handles: [shared], data: null }),
  ([handle]) => new DictProxy(handle),
);

async function list<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
