/** Python's multiprocessing: processes, pools, and what they share. */
import { installDefault } from './context.ts';

export { Context, getContext, type StartMethod } from './context.ts';
export {
  BrokenBarrierError,
  BrokenPipeError,
  Empty,
  EOFError,
  Full,
  ProcessError,
  type ProcessErrorCode,
  TimeoutError,
} from './errors.ts';
export type { DictProxy } from './manager/dict-proxy.ts';
export type { ListProxy } from './manager/list-proxy.ts';
export { Manager } from './manager/manager.ts';
export type { Namespace } from './manager/namespace.ts';
export {
  type Elements,
  type MemoryOptions,
  RawArray,
  SharedArray,
  SharedArray as Array,
} from './memory/array.ts';
export type { Element, TypeCode } from './memory/typecodes.ts';
export { RawValue, Value } from './memory/value.ts';
export type { AsyncResult, Callbacks } from './pool/async-result.ts';
export type { IMapIterator } from './pool/imap-iterator.ts';
export { initialized } from './pool/initialized.ts';
export { cpuCount, type MapOptions, Pool, type PoolOptions } from './pool/pool.ts';
export { currentProcess, type Identity, parentProcess } from './process/identity.ts';
export { type AnyProcess, activeChildren, Process, type ProcessOptions } from './process/process.ts';
export { type Connection, Pipe } from './queues/connection.ts';
export { JoinableQueue, Queue, type QueueOptions } from './queues/queue.ts';
export { SimpleQueue } from './queues/simple-queue.ts';
export { type Waitable, wait } from './queues/wait.ts';
export type { RuntimeOptions } from './runtime.ts';
export { Barrier, type BarrierOptions } from './sync/barrier.ts';
export { Condition } from './sync/condition.ts';
export { Event } from './sync/event.ts';
export { Lock } from './sync/lock.ts';
export { RLock } from './sync/rlock.ts';
export { BoundedSemaphore, Semaphore, type SemaphoreOptions } from './sync/semaphore.ts';
export type { BlockOptions, TimeoutOptions } from './waiting.ts';

installDefault();
