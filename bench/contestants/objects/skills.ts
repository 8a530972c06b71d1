/** The benchmarks of shared objects, for whoever shares them. */
import type { Reached, Reply } from '../protocol.ts';
import { numbersBelow, type Skills, sum, timed } from '../serve.ts';
import { numbered, turning } from './matrix.ts';
import { type Address, type Objects, open } from './objects.ts';
import { Processes } from './processes.ts';
import { type Done, type Share, work } from './work.ts';

/** How to reach them, and what is to be looked at when a round of AllReduce is over. */
export interface Side {
  addressOf(how: Reached): Address;
  /** Throws when the server has done more or less than one operation a participant. */
  checkReduce?(objects: Objects, participants: number): Promise<void>;
  /** Processor time that its servers have used, milliseconds: told besides, for each increment. */
  processorMs?(): Promise<number>;
}

export function objectSkills({ addressOf, checkReduce, processorMs }: Side): {
  skills: Skills;
  close(): Promise<void>;
} {
  const opened = new Map<string, { objects: Promise<Objects>; processes: Processes }>();
  let rounds = 0;
  const reach = (how: Reached): { objects: Promise<Objects>; processes: Processes } => {
    const address = addressOf(how);
    const key = JSON.stringify(address);
    let known = opened.get(key);
    if (known === undefined) {
      known = { objects: open(address), processes: new Processes(address) };
      opened.set(key, known);
    }
    return known;
  };
  return {
    skills: {
      latency: async ({ count, ...how }) => latency(await reach(how).objects, count),
      increments: async ({ count, inFlight, counters = 1, processes = 0, ...how }) => {
        const at = reach(how);
        const objects = await at.objects;
        const incrementAll = async (): Promise<number> =>
          sum(await Promise.all(numbersBelow(counters).map((counter) => objects.increment(counter))));
        const before = await incrementAll();
        const used = await processorMs?.();
        const shares = (each: number): Share => ({ op: 'increments', count: each, inFlight, counters });
        const done =
          processes === 0
            ? [await work(objects, shares(count))]
            : await at.processes.share(numbersBelow(processes).map(() => shares(count / processes)));
        const reply = together(done, (await incrementAll()) - before - counters);
        return used === undefined
          ? reply
          : { ...reply, besides: { processor: (await processorMs!()) - used } };
      },
      allReduce: async (request) => {
        const { processes, participants } = request;
        const at = reach(request);
        const objects = await at.objects;
        const round = rounds++;
        const each = participants / processes;
        const done = await at.processes.share(
          numbersBelow(processes).map((n) => ({
            op: 'allReduce',
            round,
            ranks: numbersBelow(each).map((rank) => n * each + rank),
            request,
          })),
        );
        await checkReduce?.(objects, participants);
        return together(done, sum(done.map(({ answer }) => answer)));
      },
      multiply: async ({ size, ...how }) => {
        const objects = await reach(how).objects;
        await objects.prepareMultiply(numbered(size));
        const by = turning(size);
        return timed(
          () => objects.multiply(by),
          (total) => total,
        );
      },
    },
    async close() {
      await Promise.all(
        [...opened.values()].map(async ({ objects, processes }) => {
          await processes.close();
          await (await objects).close();
        }),
      );
    },
  };
}

async function latency(objects: Objects, count: number): Promise<Reply> {
  const before = await objects.increment();
  const times = new Float64Array(count);
  for (let n = 0; n < count; n++) {
    const start = performance.now();
    await objects.increment();
    times[n] = performance.now() - start;
  }
  const answer = (await objects.increment()) - before - 1;
  return { ms: times.sort()[count >> 1]!, answer };
}

/** From when the first began until the last was done. */
function together(done: readonly Done[], answer: number): Reply {
  const from = Math.min(...done.map((one) => one.from));
  return { ms: Math.max(...done.map((one) => one.to)) - from, answer };
}
