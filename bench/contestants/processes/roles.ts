/** What the processes of the crews do. They know of this package what they are given: nothing of it is bundled for them. */
import type { Barrier, Connection, Lock, Queue } from '@skein/multiprocessing';
import { type Control, now, obey } from './crew.ts';

export interface QueueShare {
  readonly count: number;
  readonly inFlight: number;
}

/** From when to when a lock was held, again and again. */
export type Held = readonly (readonly [from: number, to: number])[];

export function puts(control: Control<QueueShare, number>, queue: Queue<number>): Promise<void> {
  return obey(control, async ({ count, inFlight }) => {
    await several(count, inFlight, (n) => queue.put(n % 10));
    return 0;
  });
}

export function takes(control: Control<QueueShare, number>, queue: Queue<number>): Promise<void> {
  return obey(control, async ({ count, inFlight }) => {
    let total = 0;
    await several(count, inFlight, async () => {
      // Not `total += await …`, which would add to what it was before the wait: others add meanwhile.
      const item = await queue.get();
      total += item;
    });
    return total;
  });
}

/** As many callers as are to be in flight, each of whom waits for its answer before it calls again. */
async function several(count: number, inFlight: number, call: (n: number) => Promise<void>): Promise<void> {
  if (inFlight === 1) {
    for (let n = 0; n < count; n++) await call(n);
    return;
  }
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < count) await call(next++);
  };
  await Promise.all(Array.from({ length: inFlight }, caller));
}

export function asks(control: Control<number, number>, peer: Connection<number>): Promise<void> {
  return obey(control, async (count) => {
    let total = 0;
    for (let n = 0; n < count; n++) {
      await peer.send(n % 10);
      total += await peer.recv();
    }
    return total;
  });
}

export function echoes(control: Control<number, number>, peer: Connection<number>): Promise<void> {
  return obey(control, async (count) => {
    for (let n = 0; n < count; n++) await peer.send(await peer.recv());
    return 0;
  });
}

export function locks(control: Control<number, Held>, lock: Lock): Promise<void> {
  return obey(control, async (count) => {
    const held: [number, number][] = [];
    for (let n = 0; n < count; n++) {
      await lock.acquire();
      const from = now();
      held.push([from, now()]);
      await lock.release();
    }
    return held;
  });
}

export function meets(control: Control<number, number>, barrier: Barrier): Promise<void> {
  return obey(control, async (count) => {
    let total = 0;
    for (let n = 0; n < count; n++) total += await barrier.wait();
    return total;
  });
}
