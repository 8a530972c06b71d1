/**
 * Handles, and what they throw. A function that closes over one takes no server along: this is all that it needs.
 */
import './register.ts';

export type { CallOptions, WriteOptions } from '../client/cluster.ts';
export { Dso, type LeaseOptions } from '../dso.ts';
export {
  BrokenBarrierError,
  BrokenChannelError,
  ConfigMismatchError,
  ConnectionError,
  DiskFullError,
  DsoError,
  type DsoErrorCode,
  EndOfChannelError,
  LeaseEndedError,
  NestedCallError,
  ObjectDeletedError,
  ObjectLostError,
  OutcomeUnknownError,
  SessionLostError,
  StaleFenceError,
  TimeoutError,
  UserCodeError,
} from '../errors.ts';
export type { ElementOf, ElementType, TypedArrayOf } from '../objects/typed-elements.ts';
export { AllReduce, type ReduceFunction, type ReduceOperator } from './all-reduce.ts';
export { AtomicBoolean } from './atomic-boolean.ts';
export { AtomicByteArray } from './atomic-byte-array.ts';
export { AtomicCounter } from './atomic-counter.ts';
export { AtomicLong } from './atomic-long.ts';
export { AtomicReference } from './atomic-reference.ts';
export { Blob } from './blob.ts';
export { Channel } from './channel.ts';
export { ChannelEnd, type EndNumber } from './channel-end.ts';
export { Condition } from './condition.ts';
export { CountDownLatch } from './count-down-latch.ts';
export { CyclicBarrier } from './cyclic-barrier.ts';
export { Lock } from './lock.ts';
export { Logger } from './logger.ts';
export { Semaphore } from './semaphore.ts';
export { SharedEvent } from './shared-event.ts';
export { SharedFuture } from './shared-future.ts';
export { SharedList } from './shared-list.ts';
export { SharedMap } from './shared-map.ts';
export { SharedMatrix } from './shared-matrix.ts';
export { deleteObject, SharedObject } from './shared-object.ts';
export { SharedQueue } from './shared-queue.ts';
export { SharedSet } from './shared-set.ts';
export { SharedTreeMap } from './shared-tree-map.ts';
export { SharedTypedArray } from './shared-typed-array.ts';
export { type Shared, type UserClass, UserObject, withOptions } from './user-object.ts';
