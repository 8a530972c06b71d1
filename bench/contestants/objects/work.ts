/** The work of one process on shared objects. */
import type { AllReduceRequest } from '../protocol.ts';
import type { Objects } from './objects.ts';

/** A share of the work, given to one process. */
export type Share =
  | {
      readonly op: 'increments';
      readonly count: number;
      readonly inFlight: number;
      readonly counters: number;
    }
  | {
      readonly op: 'allReduce';
      readonly round: number;
      readonly ranks: readonly number[];
      readonly request: AllReduceRequest;
    };

/** When it began and ended, milliseconds since the epoch: comparable with other processes'. */
export interface Done {
  readonly from: number;
  readonly to: number;
  readonly answer: number;
}

export async function work(objects: Objects, share: Share): Promise<Done> {
  switch (share.op) {
    case 'increments':
      return onClock(
        () => increments(objects, share),
        () => share.count,
      );
    case 'allReduce': {
      const { participants, length, together = false } = share.request;
      await objects.prepareReduce(participants);
      const { round, ranks } = share;
      const vectors = ranks.map((rank) => Float64Array.from({ length }, (_, index) => rank + index));
      return onClock(
        () =>
          together
            ? objects.reduceTogether!(round, ranks, vectors)
            : Promise.all(ranks.map((rank, n) => objects.reduce(round, rank, vectors[n]!))),
        (sums) => sums.flatMap((sum) => [...sum]).reduce((total, value) => total + value, 0),
      );
    }
  }
}

/** As many callers as are to be in flight, each of whom waits for its answer before it calls again. */
async function increments(
  { increment }: Objects,
  { count, inFlight, counters }: Extract<Share, { op: 'increments' }>,
): Promise<void> {
  let left = count;
  const caller = async (_: unknown, n: number): Promise<void> => {
    while (left-- > 0) await increment(n % counters);
  };
  await Promise.all(Array.from({ length: inFlight }, caller));
}

async function onClock<T>(task: () => Promise<T>, check: (result: T) => number): Promise<Done> {
  const from = performance.timeOrigin + performance.now();
  const result = await task();
  const to = performance.timeOrigin + performance.now();
  return { from, to, answer: check(result) };
}
