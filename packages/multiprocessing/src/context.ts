/** Where processes run and what they share: `getContext`, and the context of a program that asks for none. */
import { travelsAs } from '@skein/codec';
import { type Dso, open } from '@skein/dso';
import { badArgument, checkOptions } from './errors.ts';
import { Manager } from './manager/manager.ts';
import { RawArray, SharedArray } from './memory/array.ts';
import { RawValue, Value } from './memory/value.ts';
import { Pool } from './pool/pool.ts';
import { Process } from './process/process.ts';
import { processState } from './process-state.ts';
import { Pipe } from './queues/connection.ts';
import { JoinableQueue, Queue } from './queues/queue.ts';
import { SimpleQueue } from './queues/simple-queue.ts';
import { Runtime, type RuntimeOptions, within } from './runtime.ts';
import { Barrier } from './sync/barrier.ts';
import { Condition } from './sync/condition.ts';
import { Event } from './sync/event.ts';
import { Lock } from './sync/lock.ts';
import { RLock } from './sync/rlock.ts';
import { BoundedSemaphore, Semaphore } from './sync/semaphore.ts';

/**
 * How processes are started: `spawn` as processes of this machine, `thread` as worker threads of this process,
 * `subprocess` as processes that know no more of this one than its storage. What `SKEIN_BACKEND` or a file says is the
 * default.
 */
export type StartMethod = 'spawn' | 'thread' | 'subprocess';

const METHODS: Readonly<Record<StartMethod, RuntimeOptions>> = {
  spawn: { executor: { backend: 'localhost', localhost: { isolation: 'process' } } },
  thread: { executor: { backend: 'localhost', localhost: { isolation: 'thread' } } },
  subprocess: { executor: { backend: 'subprocess' } },
};

/** The things of this package that are made here: `new context.Queue()`. */
export class Context implements AsyncDisposable {
  readonly #runtime: Runtime;
  readonly Process: typeof Process;
  readonly Pool: typeof Pool;
  readonly Queue: typeof Queue;
  readonly JoinableQueue: typeof JoinableQueue;
  readonly SimpleQueue: typeof SimpleQueue;
  readonly Pipe: typeof Pipe;
  readonly Lock: typeof Lock;
  readonly RLock: typeof RLock;
  readonly Semaphore: typeof Semaphore;
  readonly BoundedSemaphore: typeof BoundedSemaphore;
  readonly Event: typeof Event;
  readonly Condition: typeof Condition;
  readonly Barrier: typeof Barrier;
  readonly Value: typeof Value;
  readonly Array: typeof SharedArray;
  readonly RawValue: typeof RawValue;
  readonly RawArray: typeof RawArray;
  readonly Manager: typeof Manager;

  constructor(options: RuntimeOptions = {}) {
    const runtime = new Runtime(options, openLeased);
    this.#runtime = runtime;
    this.Process = madeIn(runtime, Process);
    this.Pool = madeIn(runtime, Pool);
    this.Queue = madeIn(runtime, Queue);
    this.JoinableQueue = madeIn(runtime, JoinableQueue);
    this.SimpleQueue = madeIn(runtime, SimpleQueue);
    this.Pipe = madeIn(runtime, Pipe);
    this.Lock = madeIn(runtime, Lock);
    this.RLock = madeIn(runtime, RLock);
    this.Semaphore = madeIn(runtime, Semaphore);
    this.BoundedSemaphore = madeIn(runtime, BoundedSemaphore);
    this.Event = madeIn(runtime, Event);
    this.Condition = madeIn(runtime, Condition);
    this.Barrier = madeIn(runtime, Barrier);
    this.Value = madeIn(runtime, Value);
    this.Array = madeIn(runtime, SharedArray);
    this.RawValue = madeIn(runtime, RawValue);
    this.RawArray = madeIn(runtime, RawArray);
    this.Manager = madeIn(runtime, Manager);
  }

  /** @internal */
  get runtime(): Runtime {
    return this.#runtime;
  }

  /** Ends the processes and pools that run, and deletes what they share. A program that ends does so anyway. */
  close(): Promise<void> {
    return this.#runtime.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

const openLeased = (url: string | undefined): Dso => open(url).leased();

/** The class, or the function, which makes things of a runtime. */
function madeIn<M extends Function>(runtime: Runtime, maker: M): M {
  const own = new Proxy(maker, {
    construct: (Class, args, newTarget) =>
      within(runtime, () => Reflect.construct(Class, args, newTarget) as object),
    apply: (fn, self, args) => within(runtime, () => Reflect.apply(fn, self, args) as unknown),
  });
  // What a process makes by it is of the program that has started the process, in any case.
  travelsAs(own, maker);
  return own;
}

/**
 * A context of its own: processes that run as `how` says, with shared objects of their own.
 *
 * @example
 * await using context = getContext('thread');
 * const queue = new context.Queue<number>();
 */
export function getContext(how: StartMethod | RuntimeOptions = {}): Context {
  if (typeof how === 'object' && how !== null) {
    checkOptions('a context', ['executor', 'dso', 'logs'], how);
    return new Context(how);
  }
  const options = Object.hasOwn(METHODS, how) ? METHODS[how] : undefined;
  if (options === undefined)
    throw badArgument('the start method', "'spawn', 'thread', 'subprocess', or options", how);
  return new Context(options);
}

/** Where things are made in a program that asks for no context. Done when the package is loaded. */
export function installDefault(): void {
  const state = processState();
  if (state.runtime !== undefined) return;
  const runtime = new Runtime({}, openLeased);
  state.runtime = runtime;
  // What is shared ends with the program; where it is killed, servers find that out.
  process.once('beforeExit', () => void runtime.close());
}
