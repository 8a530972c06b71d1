import type { Shared, UserClass } from '@skein/dso/handles';
import { checkIterable } from '../collect.ts';
import { badArgument, ProcessError } from '../errors.ts';
import { type MemoryOptions, SharedArray } from '../memory/array.ts';
import type { Element, TypeCode } from '../memory/typecodes.ts';
import { Value } from '../memory/value.ts';
import { staysHere } from '../portable.ts';
import { JoinableQueue, Queue, type QueueOptions } from '../queues/queue.ts';
import { currentRuntime, Runtime, within } from '../runtime.ts';
import { Barrier, type BarrierOptions } from '../sync/barrier.ts';
import { Condition } from '../sync/condition.ts';
import { Event } from '../sync/event.ts';
import { Lock } from '../sync/lock.ts';
import { RLock } from '../sync/rlock.ts';
import { BoundedSemaphore, Semaphore, type SemaphoreOptions } from '../sync/semaphore.ts';
import { DictProxy } from './dict-proxy.ts';
import { ListProxy } from './list-proxy.ts';
import { makeNamespace, type Namespace } from './namespace.ts';

/**
 * Makes things that processes share, and ends them all together: Python's `multiprocessing.Manager()`.
 *
 * @example
 * await using manager = new Manager();
 * const scores = manager.dict<string, number>();
 *
 * What a thing begins with is sent ahead of all else that is done with it here. If that fails, the program ends with
 * that error, as for any promise that nobody handles.
 */
export class Manager implements AsyncDisposable {
  readonly #runtime: Runtime;
  #ended = false;

  constructor() {
    const { options, dso } = currentRuntime();
    this.#runtime = new Runtime(options, () => dso.leased());
  }

  list<T>(items?: Iterable<T>): ListProxy<T> {
    checkIterable('what the list begins with', 'an iterable of items', items ?? []);
    const list = this.#make(() => new ListProxy<T>());
    if (items !== undefined) void list.extend(items);
    return list;
  }

  dict<K, V>(entries?: Iterable<readonly [K, V]>): DictProxy<K, V> {
    checkIterable(
      'what the dictionary begins with',
      'an iterable of pairs, such as Object.entries(object)',
      entries ?? [],
    );
    const dict = this.#make(() => new DictProxy<K, V>());
    if (entries !== undefined) void dict.update(entries);
    return dict;
  }

  Namespace<T extends object = Record<string, unknown>>(attributes?: Partial<T>): Namespace<T> {
    const namespace = this.#make(() => makeNamespace<T>());
    for (const [name, value] of Object.entries(attributes ?? {}))
      void namespace.set(name as keyof T & string, value as T[keyof T & string]);
    return namespace;
  }

  Value<C extends TypeCode>(type: C, value?: Element<C>, options?: MemoryOptions): Value<C> {
    return this.#make(() => new Value(type, value, options));
  }

  Array<C extends TypeCode>(
    type: C,
    init: number | Iterable<Element<C>>,
    options?: MemoryOptions,
  ): SharedArray<C> {
    return this.#make(() => new SharedArray(type, init, options));
  }

  Queue<T>(maxsize?: number, options?: QueueOptions): Queue<T> {
    return this.#make(() => new Queue<T>(maxsize, options));
  }

  JoinableQueue<T>(maxsize?: number, options?: QueueOptions): JoinableQueue<T> {
    return this.#make(() => new JoinableQueue<T>(maxsize, options));
  }

  Lock(): Lock {
    return this.#make(() => new Lock());
  }

  RLock(): RLock {
    return this.#make(() => new RLock());
  }

  Semaphore(value?: number, options?: SemaphoreOptions): Semaphore {
    return this.#make(() => new Semaphore(value, options));
  }

  BoundedSemaphore(value?: number, options?: SemaphoreOptions): BoundedSemaphore {
    return this.#make(() => new BoundedSemaphore(value, options));
  }

  Event(): Event {
    return this.#make(() => new Event());
  }

  Condition(lock?: Lock | RLock): Condition {
    return this.#make(() => new Condition(lock));
  }

  Barrier(parties: number, options?: BarrierOptions): Barrier {
    return this.#make(() => new Barrier(parties, options));
  }

  /**
   * Gives a function that makes objects of a class of yours where all reach them: its methods run there, one at a time,
   * and are asynchronous for their callers. Servers have to allow that: `skein-dso-server --allow-user-classes`.
   *
   * @example
   * const account = manager.register(Account);
   * const shared = account(100);
   * await shared.withdraw(30);
   */
  register<T extends object, A extends readonly unknown[]>(
    Class: UserClass<T, A>,
  ): (...args: A) => Shared<T> {
    if (typeof Class !== 'function') throw badArgument('Class', 'a class', Class);
    return (...args) => this.#make(() => this.#runtime.dso.object(this.#runtime.key(), Class, ...args));
  }

  /** Ends it: what it has made is gone for all. */
  async shutdown(): Promise<void> {
    this.#ended = true;
    await this.#runtime.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  #make<T>(make: () => T): T {
    if (this.#ended) throw new ProcessError('closed', 'the manager was shut down');
    return within(this.#runtime, make);
  }
}

staysHere('Manager', Manager);
