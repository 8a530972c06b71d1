import type { BarrierRequest, LockRequest, PipeRequest } from '../contestants/protocol.ts';
import type { Benchmark, Scale } from '../harness/benchmark.ts';
import { KERNEL, lithopsOnRedis, python, skein, skeinTcp } from './mp.ts';

export function mpPipe({ quick }: Scale): Benchmark {
  const count = quick ? 50 : 2_000;
  const request: PipeRequest = { op: 'pipe', count };
  const fewer = count / 5;
  return {
    name: 'mp-pipe',
    title: 'a small message through a pipe to another process, and back',
    measures: `the mean of ${count.toLocaleString('en')} round trips, one after another; of Lithops ${fewer}.`,
    leavesOut: `starting processes, large messages, and messages that are not waited for. ${KERNEL} That costs eight to ten times Python’s round trip.`,
    unit: { name: 'µs a round trip', perMs: 1_000 },
    warmup: quick ? 0 : 3,
    rounds: quick ? 1 : 12,
    contestants: [
      skein(request, 'Skein', count),
      skeinTcp(request, count),
      python(request, count),
      lithopsOnRedis({ ...request, count: fewer }, { quick }, fewer),
    ],
    claims: [
      { of: 'Skein', over: 'Lithops on Redis', atMost: 1 },
      // Lost: four ways to a server and back cannot be as quick as two within the kernel.
      { of: 'Skein', over: 'Python', atMost: 15 },
    ],
  };
}

/** Whoever gets it. */
export function mpLock({ quick }: Scale): Benchmark {
  const [count, many] = quick ? [20, 200] : [2_000, 20_000];
  const request: LockRequest = { op: 'lock', count };
  const fewer = count / 10;
  return {
    ...locked(quick),
    // Of Python there is none: most of its acquisitions are an instruction or two, without the kernel.
    claims: [{ of: 'Skein', over: 'Lithops on Redis', atMost: 1 }],
    name: 'mp-lock',
    title: 'a lock that two processes want, an acquisition',
    measures: `each acquires and releases it ${count.toLocaleString('en')} times, without anything between; Python ${many.toLocaleString('en')}, Lithops ${fewer} times. That no two have held it at a time is checked by the clock. Skein gives it to whoever waits longest; Python’s and Lithops’ go to whoever is quick, mostly the one that has just released it: Python’s acquisition is hundreds of times as quick, and mp-lock-hand-over says what the other one pays.`,
    unit: { name: 'µs an acquisition', perMs: 1_000 },
    contestants: [
      skein(request, 'Skein', 2 * count),
      skeinTcp(request, 2 * count),
      python({ ...request, count: many }, 2 * many),
      lithopsOnRedis({ ...request, count: fewer }, { quick }, 2 * fewer),
    ],
  };
}

/** To the other one. */
export function mpLockHandOver({ quick }: Scale): Benchmark {
  const [count, many] = quick ? [20, 200] : [2_000, 20_000];
  const request: LockRequest = { op: 'lock', count, perHandOver: true };
  return {
    ...locked(quick),
    claims: [
      { of: 'Skein', over: 'Python', atMost: 1 },
      { of: 'Skein', over: 'Lithops on Redis', atMost: 1 },
    ],
    name: 'mp-lock-hand-over',
    title: 'a lock that two processes want, a hand-over',
    measures:
      'the game of mp-lock, where the time is divided by how often the lock went from one process to the other: how long one of them waits for its turn.',
    unit: { name: 'µs a hand-over', perMs: 1_000 },
    contestants: [
      skein(request),
      python({ ...request, count: many }),
      lithopsOnRedis({ ...request, count: count / 10 }, { quick }),
    ],
  };
}

function locked(quick: boolean): Pick<Benchmark, 'leavesOut' | 'warmup' | 'rounds'> {
  return {
    leavesOut: `starting processes, and what one does while it holds a lock. ${KERNEL}`,
    warmup: quick ? 0 : 3,
    rounds: quick ? 1 : 12,
  };
}

export function mpBarrier({ quick }: Scale): Benchmark {
  const [count, parties] = quick ? [5, 2] : [200, 8];
  const request: BarrierRequest = { op: 'barrier', count, parties };
  const fewer = quick ? 1 : 10;
  return {
    name: 'mp-barrier',
    title: `rounds of a barrier of ${parties} processes`,
    measures: `${count} rounds, nothing between them; of Lithops ${fewer}. Every round gives each process a place of its own, which is checked.`,
    leavesOut: `starting processes. ${KERNEL} That costs five to seven times Python’s round.`,
    unit: { name: 'µs a round', perMs: 1_000 },
    warmup: quick ? 0 : 3,
    rounds: quick ? 1 : 12,
    contestants: [
      skein(request, 'Skein', count),
      python(request, count),
      lithopsOnRedis({ ...request, count: fewer }, { quick }, fewer),
    ],
    claims: [
      { of: 'Skein', over: 'Lithops on Redis', atMost: 0.1 },
      // Lost, as in mp-pipe.
      { of: 'Skein', over: 'Python', atMost: 10 },
    ],
  };
}
