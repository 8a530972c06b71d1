import type { LargeRequest } from '../contestants/protocol.ts';
import type { Benchmark, Scale } from '../harness/benchmark.ts';

export function large({ quick }: Scale): Benchmark {
  const bytes = quick ? 80_000 : 100_000_000;
  const request: LargeRequest = { op: 'large', bytes };
  return {
    name: 'large',
    title: `a Float64Array of ${(bytes / 1e6).toLocaleString('en')} MB into one call and out again`,
    measures: 'copies: of the value to a worker that is warm, and of the same value back.',
    leavesOut:
      'work on the value, and peak memory. Python carries bytes; piscina clones between threads of one process.',
    unit: { name: 'ms', perMs: 1 },
    warmup: quick ? 1 : 2,
    rounds: quick ? 1 : 6,
    contestants: [
      { kind: 'served', name: 'Skein', program: 'skein.ts', request },
      { kind: 'served', name: 'fork, advanced serialization', program: 'advanced.ts', request },
      { kind: 'served', name: 'Python Pool.apply', program: 'pool.py', request },
      { kind: 'served', name: 'piscina', program: 'piscina.ts', request },
    ],
    // A copy between processes in each direction; `advanced` is the plainest that node has.
    claims: [{ of: 'Skein', over: 'fork, advanced serialization', atMost: 3 }],
  };
}
