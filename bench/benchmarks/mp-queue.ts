import type { QueueRequest } from '../contestants/protocol.ts';
import type { Benchmark, Scale } from '../harness/benchmark.ts';
import { KERNEL, lithopsOnRedis, python, skein } from './mp.ts';

export function mpQueue({ quick }: Scale): Benchmark {
  return queue({ name: 'mp-queue', count: quick ? 400 : 20_000, pairs: 1, quick });
}

export function mpQueueMany({ quick }: Scale): Benchmark {
  return queue({ name: 'mp-queue-many', count: quick ? 400 : 20_000, pairs: quick ? 2 : 4, quick });
}

interface Sizes extends Scale {
  readonly name: string;
  readonly count: number;
  readonly pairs: number;
}

function queue({ name, count, pairs, quick }: Sizes): Benchmark {
  const request: QueueRequest = { op: 'queue', count, pairs };
  const [awaited, fewer] = [count / 10, count / 10];
  const many: QueueRequest = { ...request, inFlight: 64 };
  const who = pairs === 1 ? 'one process to one' : `${pairs} processes to ${pairs}`;
  return {
    name,
    title: `small numbers through a queue, ${who}`,
    measures: `from the first put until the last item is taken, ${count.toLocaleString('en')} items. With 64 puts and takes in flight a process, and with one that is awaited before the next (${awaited.toLocaleString('en')} items, as Lithops). Python’s put is never waited for: a thread writes to the pipe. So who awaits each put in Skein waits some ten times as long as Python does, and more with several processes.`,
    leavesOut: `starting processes, and large items. ${KERNEL}`,
    unit: { name: 'µs an item', perMs: 1_000 },
    warmup: quick ? 0 : 3,
    rounds: quick ? 1 : 10,
    contestants: [
      skein(many, 'Skein, 64 in flight', count),
      skein({ ...request, count: awaited }, 'Skein, one awaited', awaited),
      ...(pairs === 1 ? [skein({ ...many, by: 'tcp' }, 'Skein, 64 in flight, server by TCP', count)] : []),
      python(request, count),
      lithopsOnRedis({ ...request, count: fewer }, { quick }, fewer),
    ],
    claims: [
      { of: 'Skein, 64 in flight', over: 'Lithops on Redis', atMost: 0.1 },
      // A single `await put` waits until the item is safe at the server, which Python's never does.
      { of: 'Skein, one awaited', over: 'Lithops on Redis', atMost: 1 },
      // As quick, one to one; with several, all of Skein's items go through one thread of the server.
      { of: 'Skein, 64 in flight', over: 'Python', atMost: pairs === 1 ? 1.2 : 2 },
    ],
  };
}
