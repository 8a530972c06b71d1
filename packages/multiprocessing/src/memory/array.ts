import { Lock as SharedLock, SharedTypedArray } from '@skein/dso/handles';
import { checkIterable } from '../collect.ts';
import { badArgument, checkOptions } from '../errors.ts';
import { travels } from '../portable.ts';
import { currentRuntime } from '../runtime.ts';
import { Lock } from '../sync/lock.ts';
import { RLock } from '../sync/rlock.ts';
import { type Element, type ElementType, type TypeCode, type TypeOf, typeOf } from './typecodes.ts';

export interface MemoryOptions {
  /** The lock that goes with it. @default an {@link RLock} of its own */
  readonly lock?: Lock | RLock;
}

/** The elements of an array as a program has them: `Int32Array`, `Float64Array`, … */
export type Elements<C extends TypeCode> = Awaited<ReturnType<SharedTypedArray<TypeOf<C>>['slice']>>;

/** An array of numbers that processes share. Each operation on it is one of a whole; several are, under its lock. */
export class RawArray<C extends TypeCode> {
  readonly length: number;
  /** @internal */
  readonly shared: SharedTypedArray<TypeOf<C>>;

  /**
   * @param init how many elements, each 0, or which
   * @param shared internal: where it has travelled
   */
  constructor(type: C, init: number | Iterable<Element<C>>, shared?: SharedTypedArray<TypeOf<C>>) {
    if (shared !== undefined) {
      this.shared = shared;
      this.length = init as number;
      return;
    }
    const elementType = typeOf(type);
    const runtime = currentRuntime();
    const key = runtime.key();
    if (typeof init === 'number') {
      if (!(Number.isSafeInteger(init) && init >= 0))
        throw badArgument('the size', 'a whole number from 0', init);
      this.length = init;
      this.shared = runtime.dso.typedArray(key, { type: elementType, length: init });
    } else {
      checkIterable('the content', 'how many elements, or an iterable of them', init);
      const initial = [...init];
      this.length = initial.length;
      this.shared = runtime.dso.typedArray(key, { type: elementType, initial });
    }
  }

  /** The element at an index; from the end, if that is below 0. */
  get(index: number): Promise<Element<C>> {
    return this.shared.get(this.#at(index)) as Promise<Element<C>>;
  }

  set(index: number, value: Element<C>): Promise<void> {
    return this.shared.set(this.#at(index), value as never);
  }

  /** Adds to an element, which needs no lock; what it is then. */
  add(index: number, amount: Element<C>): Promise<Element<C>> {
    return this.shared.add(this.#at(index), amount as never) as Promise<Element<C>>;
  }

  /** Elements, as `Array.slice` counts; without arguments all, of one moment. */
  slice(start = 0, end: number = this.length): Promise<Elements<C>> {
    const [from, to] = [clamp(start, this.length), clamp(end, this.length)];
    return this.shared.slice(from, Math.max(from, to)) as Promise<Elements<C>>;
  }

  /** Replaces as many elements as are given, from an index on. */
  setSlice(start: number, values: Iterable<Element<C>>): Promise<void> {
    if (!(Number.isSafeInteger(start) && start >= -this.length && start <= this.length))
      throw badArgument('the start', `a whole number from ${-this.length} to ${this.length}`, start);
    return this.shared.setSlice(start < 0 ? start + this.length : start, [...values] as never);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Element<C>, void, undefined> {
    for (const element of await this.slice()) yield element as Element<C>;
  }

  #at(index: number): number {
    if (!(Number.isSafeInteger(index) && index >= -this.length && index < this.length))
      throw badArgument('the index', `a whole number below ${this.length}`, index);
    return index < 0 ? index + this.length : index;
  }
}

/** As {@link RawArray}, with a lock for what takes several operations. Python's `multiprocessing.Array`. */
export class SharedArray<C extends TypeCode> extends RawArray<C> {
  readonly #lock: Lock | RLock;

  constructor(
    type: C,
    init: number | Iterable<Element<C>>,
    options: MemoryOptions = {},
    shared?: SharedTypedArray<TypeOf<C>>,
  ) {
    super(type, init, shared);
    this.#lock = lockFrom(options);
  }

  getLock(): Lock | RLock {
    return this.#lock;
  }

  /** The same without the lock. */
  getObj(): RawArray<C> {
    return new RawArray<C>('b' as C, this.length, this.shared);
  }
}

travels(
  'RawArray',
  RawArray<TypeCode>,
  [SharedTypedArray<ElementType>],
  (array) => ({ handles: [array.shared], data: array.length }),
  ([handle], length) => new RawArray<TypeCode>('b', length, handle),
);
travels(
  'SharedArray',
  SharedArray<TypeCode>,
  [SharedTypedArray<ElementType>, SharedLock],
  (array) => ({
    handles: [array.shared, array.getLock().shared],
    data: [array.length, array.getLock() instanceof Lock],
  }),
  ([handle, lock], [length, plain]) =>
    new SharedArray<TypeCode>('b', length, { lock: lockOf(lock, plain) }, handle),
);

/** @internal The lock that was given, or a new one. */
export function lockFrom(options: MemoryOptions): Lock | RLock {
  checkOptions('what is shared', ['lock'], options);
  const { lock = new RLock() } = options;
  if (!(lock instanceof Lock || lock instanceof RLock))
    throw badArgument('lock', 'a Lock or an RLock (RawValue and RawArray have none)', lock);
  return lock;
}

/** @internal */
export function lockOf(shared: SharedLock, plain: boolean): Lock | RLock {
  return plain ? new Lock(shared) : new RLock(shared);
}

function clamp(index: number, length: number): number {
  return index < 0 ? Math.max(0, index + length) : Math.min(index, length);
}
