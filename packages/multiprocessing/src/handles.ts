/**
 * What travels. A message that holds one of these names this module, which has registered its class by then. Exported,
 * so that whoever bundles it keeps them.
 */
export { DictProxy } from './manager/dict-proxy.ts';
export { ListProxy } from './manager/list-proxy.ts';
export { SharedAttributes } from './manager/namespace.ts';
export { RawArray, SharedArray } from './memory/array.ts';
export { RawValue, Value } from './memory/value.ts';
export { Connection } from './queues/connection.ts';
export { JoinableQueue, Queue } from './queues/queue.ts';
export { SimpleQueue } from './queues/simple-queue.ts';
export { Barrier, Meeting } from './sync/barrier.ts';
export { Condition } from './sync/condition.ts';
export { Event } from './sync/event.ts';
export { Lock } from './sync/lock.ts';
export { RLock } from './sync/rlock.ts';
export { BoundedSemaphore, Semaphore } from './sync/semaphore.ts';
