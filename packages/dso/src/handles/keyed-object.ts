import type { OperationName } from '../objects/catalog.ts';
import { isMergeOperator, MERGE_OPERATORS, type MergeOperator } from '../objects/merge.ts';
import type { Value } from '../value/value.ts';
import { checkFunction, expected, held, iterable, received, valuesOf } from './collection-arguments.ts';
import { type CallOptions, SharedObject, type WriteOptions } from './shared-object.ts';
import { fromValue, fromValueLoading, toValue } from './values.ts';

/** The operations by their codes that all maps have. */
export type KeyedCodes = Readonly<Record<OperationName<'map'> & OperationName<'treeMap'>, number>>;

/**
 * What {@link SharedMap} and {@link SharedTreeMap} have in common. `undefined` is no value of theirs: it says that
 * there is no entry, wherever a value is given or taken.
 */
export abstract class KeyedObject<K, V> extends SharedObject {
  protected abstract get codes(): KeyedCodes;
  /** A key as it is sent. @throws what the method's promise is rejected with */
  protected abstract keyOf(key: K): Value;

  /** The value of a key, or `undefined`. */
  async get(key: K, options?: CallOptions): Promise<V | undefined> {
    return fromValueLoading(await this.read(this.codes.get, [this.keyOf(key)], options));
  }

  /** The values of many keys in their order, at one moment; `undefined` where there is none. */
  async getMany(keys: Iterable<K>, options?: CallOptions): Promise<(V | undefined)[]> {
    const asked = Array.from(iterable('the keys', keys), (key) => this.keyOf(key));
    const values = (await this.read(this.codes.getMany, asked, options)) as readonly Value[];
    return received<V | undefined>(values);
  }

  /** Whether there is an entry. */
  async has(key: K, options?: CallOptions): Promise<boolean> {
    return fromValue(await this.read(this.codes.has, [this.keyOf(key)], options));
  }

  /** How many entries there are. */
  async size(options?: CallOptions): Promise<number> {
    return fromValue(await this.read(this.codes.size, [], options));
  }

  /** Sets the value of a key. */
  async set(key: K, value: V, options?: WriteOptions): Promise<void> {
    await this.write(this.codes.set, [this.keyOf(key), held('the value', value)], options);
  }

  /** Sets the values of many keys at one moment; of a key that comes twice, the last. */
  async setMany(entries: Iterable<readonly [K, V]>, options?: WriteOptions): Promise<void> {
    await this.write(this.codes.setMany, this.#flat(entries), options);
  }

  /** Sets the value of a key that has none; whether it did. */
  async setIfAbsent(key: K, value: V, options?: WriteOptions): Promise<boolean> {
    const args = [this.keyOf(key), held('the value', value)];
    return fromValue(await this.write(this.codes.setIfAbsent, args, options));
  }

  /** Sets the value of a key, and gives what it was. */
  async getAndSet(key: K, value: V, options?: WriteOptions): Promise<V | undefined> {
    const args = [this.keyOf(key), held('the value', value)];
    return fromValueLoading(await this.write(this.codes.getAndSet, args, options));
  }

  /**
   * Sets the value of a key if it is the expected one; whether it did. As `expected`, `undefined` says that there is no
   * entry; as `next`, that it is deleted. Scalars are compared by value, all else by what it is encoded as.
   */
  async compareAndSet(
    key: K,
    expected: V | undefined,
    next: V | undefined,
    options?: WriteOptions,
  ): Promise<boolean> {
    const args = [this.keyOf(key), toValue(expected, 'the expected value'), toValue(next, 'the next value')];
    return fromValue(await this.write(this.codes.compareAndSet, args, options));
  }

  /** Deletes an entry; whether there was one. */
  async delete(key: K, options?: WriteOptions): Promise<boolean> {
    return fromValue(await this.write(this.codes.delete, [this.keyOf(key)], options));
  }

  /** Deletes an entry, and gives its value. */
  async getAndDelete(key: K, options?: WriteOptions): Promise<V | undefined> {
    return fromValueLoading(await this.write(this.codes.getAndDelete, [this.keyOf(key)], options));
  }

  /**
   * Combines a value with that of the key, or sets it where there is none; the answer is what is there then. A function
   * `(there, value) => next` is shipped and runs at the object's owner, where it may not call shared objects; writes to
   * the map wait for it. If it throws, nothing has changed; if it gives `undefined`, the entry is deleted.
   */
  async merge(key: K, value: V, how: MergeOperator, options?: WriteOptions): Promise<V>;
  async merge(
    key: K,
    value: V,
    how: MergeOperator | ((there: V, value: V) => V | undefined | Promise<V | undefined>),
    options?: WriteOptions,
  ): Promise<V | undefined>;
  async merge(
    key: K,
    value: V,
    how: MergeOperator | ((there: V, value: V) => unknown),
    options?: WriteOptions,
  ): Promise<V | undefined> {
    const { merge } = this.codes;
    const args = [this.keyOf(key), held('the value', value)];
    checkHow(how);
    return fromValueLoading(
      await (typeof how === 'function'
        ? this.writeWithCode(merge, how, (code) => [...args, code], options)
        : this.write(merge, [...args, how], options)),
    );
  }

  /**
   * {@link merge} of many entries at one moment: all of it happens, or nothing. With a function, a key comes once.
   */
  async mergeAll(
    entries: Iterable<readonly [K, V]>,
    how: MergeOperator | ((there: V, value: V) => V | undefined | Promise<V | undefined>),
    options?: WriteOptions,
  ): Promise<void> {
    const { mergeAll } = this.codes;
    const args = this.#flat(entries);
    checkHow(how);
    await (typeof how === 'function'
      ? this.writeWithCode(mergeAll, how, (code) => [code, ...args], options)
      : this.write(mergeAll, [how, ...args], options));
  }

  /**
   * Sets the value of a key to what a function makes of it, which is given `undefined` where there is none; the answer
   * is what is there then. The function is shipped and runs at the object's owner, where it may not call shared
   * objects; writes to the map wait for it. If it throws, nothing has changed; if it gives `undefined`, the entry is
   * deleted.
   * @param more what the function is given besides; what it closes over travels too
   */
  async compute(
    key: K,
    fn: (there: V | undefined) => V | undefined | Promise<V | undefined>,
    more?: readonly [],
    options?: WriteOptions,
  ): Promise<V | undefined>;
  async compute<A extends readonly unknown[]>(
    key: K,
    fn: (there: V | undefined, ...more: A) => V | undefined | Promise<V | undefined>,
    more: A,
    options?: WriteOptions,
  ): Promise<V | undefined>;
  async compute(
    key: K,
    fn: Function,
    more: readonly unknown[] = [],
    options?: WriteOptions,
  ): Promise<V | undefined> {
    checkFunction('what computes', fn);
    const asked = this.keyOf(key);
    const given = valuesOf('what the function is given', more);
    const { compute } = this.codes;
    return fromValueLoading(
      await this.writeWithCode(compute, fn, (code) => [asked, code, ...given], options),
    );
  }

  /** Deletes all entries. */
  async clear(options?: WriteOptions): Promise<void> {
    await this.write(this.codes.clear, [], options);
  }

  /** Keys and values in turns. */
  #flat(entries: Iterable<readonly [K, V]>): Value[] {
    const flat: Value[] = [];
    for (const entry of iterable('the entries', entries)) {
      if (!Array.isArray(entry) || entry.length !== 2) throw expected('an entry', '[key, value]', entry);
      flat.push(this.keyOf(entry[0]), held('the value', entry[1]));
    }
    return flat;
  }
}

function checkHow(how: unknown): void {
  if (typeof how === 'function' || isMergeOperator(how)) return;
  const names = MERGE_OPERATORS.map((name) => `'${name}'`).join(', ');
  throw expected('how to merge', `a function or one of ${names}`, how);
}
