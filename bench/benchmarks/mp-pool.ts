import type { PoolMapRequest } from '../contestants/protocol.ts';
import type { Benchmark, Scale } from '../harness/benchmark.ts';
import { lithopsOnRedis, python, skein } from './mp.ts';

export function mpPool({ quick }: Scale): Benchmark {
  const count = quick ? 200 : 100_000;
  return poolMap({
    name: 'mp-pool',
    title: `Pool.map of ${count.toLocaleString('en')} trivial tasks, 2 warm workers`,
    measures:
      'x * x in chunks of the default size, four a worker: what a task costs when many share a message.',
    request: { op: 'poolMap', task: 'square', count },
    fewer: quick ? 2 : 5,
    warmup: quick ? 0 : 10,
    rounds: quick ? 1 : 20,
    quick,
  });
}

export function mpPoolWork({ quick }: Scale): Benchmark {
  const count = quick ? 40 : 1_000;
  return poolMap({
    name: 'mp-pool-work',
    title: `Pool.map of ${count.toLocaleString('en')} tasks of 1 ms, 2 warm workers`,
    measures: `tasks that look at the clock until a millisecond has passed: two workers cannot do it in less than ${count / 2} ms, and what is above is the pool’s, or other programs’.`,
    request: { op: 'poolMap', task: 'spin', count },
    fewer: quick ? 2 : 5,
    warmup: quick ? 0 : 2,
    rounds: quick ? 1 : 10,
    quick,
  });
}

export function mpPoolBytes({ quick }: Scale): Benchmark {
  const [count, bytes] = quick ? [4, 1_000] : [100, 1_000_000];
  return poolMap({
    name: 'mp-pool-bytes',
    title: `Pool.map of ${count} tasks with ${(bytes / 1e6).toLocaleString('en')} MB in and out, 2 warm workers`,
    measures:
      'copies of bytes, to a worker and back. Chunks are of the default size. Lithops refuses a map of more than 4 MiB.',
    request: { op: 'poolMap', task: 'same', count, bytes },
    fewer: quick ? 2 : 3,
    warmup: quick ? 0 : 2,
    rounds: quick ? 1 : 10,
    quick,
  });
}

interface Sizes extends Scale, Pick<Benchmark, 'name' | 'title' | 'measures' | 'warmup' | 'rounds'> {
  readonly request: PoolMapRequest;
  /** Tasks of a round of Lithops. */
  readonly fewer: number;
}

function poolMap({ request, fewer, quick, measures, ...shape }: Sizes): Benchmark {
  const { count } = request;
  return {
    ...shape,
    measures: `${measures} Figures are of one task: Lithops starts an interpreter for each, and plays ${fewer}.`,
    leavesOut: 'starting workers, loading code, and the first map of a function.',
    unit: { name: 'µs a task', perMs: 1_000 },
    contestants: [
      skein(request, 'Skein', count),
      python(request, count),
      lithopsOnRedis({ ...request, count: fewer }, { quick }, fewer),
    ],
    claims: [
      { of: 'Skein', over: 'Python', atMost: 1 },
      { of: 'Skein', over: 'Lithops on Redis', atMost: 0.1 },
    ],
  };
}
