/** For executors within calls: workers of the executor that the call is of, borrowed from it. */
import type { BorrowedWorker, Parent } from '../parent.ts';
import type { AgentPayload } from '../wire/payload.ts';
import type { ChannelBackend, ChannelEvents, ChannelInvocation } from './backend.ts';

export function parentBackend(parent: Parent, borrow: NonNullable<Parent['borrow']>): ChannelBackend {
  const { payload } = parent;
  return {
    kind: 'channel',
    name: payload.backend,
    defaultWorkers: payload.workers,
    reach: payload.reach,
    leaseMs: payload.leaseMs ?? Number.POSITIVE_INFINITY,
    start: ({ memory, fresh, workerId }: AgentPayload, events: ChannelEvents): ChannelInvocation =>
      invocation(workerId, borrow({ memory, fresh }, events)),
    close: () => Promise.resolve(),
  };
}

function invocation(workerId: string, worker: BorrowedWorker): ChannelInvocation {
  let queue: Uint8Array[] = [];
  return {
    name: `borrowed worker ${workerId}`,
    channel: {
      write(parts) {
        queue.push(...parts);
      },
      flush() {
        if (queue.length === 0) return;
        worker.send(Buffer.concat(queue));
        queue = [];
      },
      end(worn) {
        this.flush();
        worker.giveBack(worn);
      },
    },
    kill: () => worker.kill(),
  };
}
