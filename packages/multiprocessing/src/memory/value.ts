import { Lock as SharedLock, SharedTypedArray } from '@skein/dso/handles';
import { travels } from '../portable.ts';
import { Lock } from '../sync/lock.ts';
import type { RLock } from '../sync/rlock.ts';
import { lockFrom, lockOf, type MemoryOptions, RawArray } from './array.ts';
import type { Element, ElementType, TypeCode } from './typecodes.ts';

/** A number that processes share. */
export class RawValue<C extends TypeCode> {
  /** @internal An array of one. */
  readonly elements: RawArray<C>;

  /** @param elements internal: where it has travelled */
  constructor(type: C, value?: Element<C>, elements?: RawArray<C>) {
    this.elements = elements ?? new RawArray<C>(type, value === undefined ? 1 : [value]);
  }

  get(): Promise<Element<C>> {
    return this.elements.get(0);
  }

  set(value: Element<C>): Promise<void> {
    return this.elements.set(0, value);
  }

  /** Adds to it, which needs no lock; what it is then. */
  add(amount: Element<C>): Promise<Element<C>> {
    return this.elements.add(0, amount);
  }
}

/**
 * As {@link RawValue}, with a lock for what takes several operations. Python's `multiprocessing.Value`.
 *
 * @example
 * await v.getLock().use(async () => v.set((await v.get()) * 2));
 */
export class Value<C extends TypeCode> extends RawValue<C> {
  readonly #lock: Lock | RLock;

  constructor(type: C, value?: Element<C>, options: MemoryOptions = {}, elements?: RawArray<C>) {
    super(type, value, elements);
    this.#lock = lockFrom(options);
  }

  getLock(): Lock | RLock {
    return this.#lock;
  }

  /** The same without the lock. */
  getObj(): RawValue<C> {
    return new RawValue<C>('b' as C, undefined, this.elements);
  }
}

travels(
  'RawValue',
  RawValue<TypeCode>,
  [SharedTypedArray<ElementType>],
  (value) => ({ handles: [value.elements.shared], data: null }),
  ([handle]) => new RawValue<TypeCode>('b', undefined, new RawArray<TypeCode>('b', 1, handle)),
);
travels(
  'Value',
  Value<TypeCode>,
  [SharedTypedArray<ElementType>, SharedLock],
  (value) => ({
    handles: [value.elements.shared, value.getLock().shared],
    data: value.getLock() instanceof Lock,
  }),
  ([handle, lock], plain) =>
    new Value<TypeCode>(
      'b',
      undefined,
      { lock: lockOf(lock, plain) },
      new RawArray<TypeCode>('b', 1, handle),
    ),
);
