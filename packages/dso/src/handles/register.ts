/** Makes the handles of all types travel. Imported for that alone: what a message names is found by then. */
import { type Portable, type PortableClass, portable, registerPortable } from '@skein/codec';
import { reachOf } from '../client/address.ts';
import { clusterOfHandle } from '../client/cluster.ts';
import { Dso } from '../dso.ts';
import { leaseOf, leaseText } from '../lease.ts';
import { AllReduce } from './all-reduce.ts';
import { AtomicBoolean } from './atomic-boolean.ts';
import { AtomicByteArray } from './atomic-byte-array.ts';
import { AtomicCounter } from './atomic-counter.ts';
import { AtomicLong } from './atomic-long.ts';
import { AtomicReference } from './atomic-reference.ts';
import { Blob } from './blob.ts';
import { Channel } from './channel.ts';
import { ChannelEnd } from './channel-end.ts';
import { CountDownLatch } from './count-down-latch.ts';
import { CyclicBarrier } from './cyclic-barrier.ts';
import { Lock } from './lock.ts';
import { Logger } from './logger.ts';
import { registerHandle } from './register-handle.ts';
import { Semaphore } from './semaphore.ts';
import { SharedEvent } from './shared-event.ts';
import { SharedFuture } from './shared-future.ts';
import { SharedList } from './shared-list.ts';
import { SharedMap } from './shared-map.ts';
import { SharedMatrix } from './shared-matrix.ts';
import { SharedQueue } from './shared-queue.ts';
import { SharedSet } from './shared-set.ts';
import { SharedTreeMap } from './shared-tree-map.ts';
import { SharedTypedArray } from './shared-typed-array.ts';
import { UserObject } from './user-object.ts';

registerHandle('AllReduce', AllReduce);
registerHandle('AtomicBoolean', AtomicBoolean);
registerHandle('AtomicByteArray', AtomicByteArray);
registerHandle('AtomicCounter', AtomicCounter);
registerHandle('AtomicLong', AtomicLong);
registerHandle('AtomicReference', AtomicReference);
registerHandle('Blob', Blob);
registerHandle('Channel', Channel);
registerHandle('ChannelEnd', ChannelEnd, {
  more: ({ number, holder }) => ({ end: String(number), ...(holder === undefined ? {} : { holder }) }),
  revive: (place, { end, holder }) => new ChannelEnd(place, end === '0' ? 0 : 1, holder),
});
registerHandle('CountDownLatch', CountDownLatch);
registerHandle('CyclicBarrier', CyclicBarrier);
registerHandle('Event', SharedEvent);
registerHandle('List', SharedList);
registerHandle('Lock', Lock);
registerHandle('Logger', Logger);
registerHandle('Map', SharedMap);
registerHandle('Matrix', SharedMatrix);
registerHandle('Queue', SharedQueue);
registerHandle('Semaphore', Semaphore);
registerHandle('Set', SharedSet);
registerHandle('SharedFuture', SharedFuture);
registerHandle('TreeMap', SharedTreeMap);
registerHandle('TypedArray', SharedTypedArray);
registerHandle('UserObject', UserObject, { revive: (place) => UserObject.revived(place) });

/** Closed over, or in an executor's `context`, it gives the same objects elsewhere. */
const DSO: Portable<Dso, string | readonly [url: string, lease: string]> = {
  type: 'dso:Dso@1',
  module: '@skein/dso/handles',
  from: import.meta.url,
  reach: (dso) => reachOf(dso.cluster.options.address),
  dehydrate: ({ url, lease }) => (lease === undefined ? url : [url, leaseText(lease)]),
  // Whoever has connected closes it, and ends the lease; here it ends with the process.
  revive(state, site) {
    const [url, lease] = typeof state === 'string' ? [state] : state;
    return new Dso(
      clusterOfHandle(url, site),
      async () => {},
      undefined,
      lease === undefined ? undefined : leaseOf(lease),
    );
  },
};
Object.defineProperty(Dso, portable, { value: DSO });
registerPortable(Dso as unknown as PortableClass);
