/** Shared objects: `connect`, and what it gives. */
import './handles/register.ts';

export type { CallOptions, WriteOptions } from './client/cluster.ts';
export { type ConnectOptions, connect } from './connect.ts';
export { Dso } from './dso.ts';
export {
  BrokenBarrierError,
  ConfigMismatchError,
  ConnectionError,
  DsoError,
  type DsoErrorCode,
  NestedCallError,
  ObjectDeletedError,
  ObjectLostError,
  OutcomeUnknownError,
  SessionLostError,
  StaleFenceError,
  TimeoutError,
  UserCodeError,
} from './errors.ts';
export { AllReduce, type ReduceFunction, type ReduceOperator } from './handles/all-reduce.ts';
export { AtomicBoolean } from './handles/atomic-boolean.ts';
export { AtomicByteArray } from './handles/atomic-byte-array.ts';
export { AtomicCounter } from './handles/atomic-counter.ts';
export { AtomicLong } from './handles/atomic-long.ts';
export { AtomicReference } from './handles/atomic-reference.ts';
export { Blob } from './handles/blob.ts';
export { Condition } from './handles/condition.ts';
export { CountDownLatch } from './handles/count-down-latch.ts';
export { CyclicBarrier } from './handles/cyclic-barrier.ts';
export { Lock } from './handles/lock.ts';
export { Logger } from './handles/logger.ts';
export { Semaphore } from './handles/semaphore.ts';
export { SharedFuture } from './handles/shared-future.ts';
export { SharedList } from './handles/shared-list.ts';
export { SharedMap } from './handles/shared-map.ts';
export { SharedMatrix } from './handles/shared-matrix.ts';
export { deleteObject, SharedObject } from './handles/shared-object.ts';
export { SharedQueue } from './handles/shared-queue.ts';
export { SharedSet } from './handles/shared-set.ts';
export { SharedTreeMap } from './handles/shared-tree-map.ts';
export { type Shared, type UserClass, UserObject, withOptions } from './handles/user-object.ts';
export type { NodeStats, ObjectInfo } from './server/admin.ts';
