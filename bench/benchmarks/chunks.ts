import type { Benchmark, Scale } from '../harness/benchmark.ts';

export function chunks({ quick }: Scale): Benchmark {
  const count = quick ? 200 : 100_000;
  // What Pool.map chooses: four chunks a worker.
  const chunksize = count / 8;
  return {
    name: 'chunks',
    title: `${count.toLocaleString('en')} trivial calls in chunks, 2 warm workers`,
    measures: 'what a call costs when many share a message; Skein and Pool.map choose their chunks.',
    leavesOut: 'starting workers, loading code, large values, and functions that take time.',
    unit: { name: 'ms', perMs: 1 },
    warmup: quick ? 1 : 20,
    rounds: quick ? 1 : 20,
    contestants: [
      { kind: 'served', name: 'Skein', program: 'skein.ts', request: { op: 'calls', count } },
      {
        kind: 'served',
        name: `Skein, chunksize ${chunksize}`,
        program: 'skein.ts',
        request: { op: 'calls', count, chunksize },
      },
      {
        kind: 'served',
        name: 'Skein, retries and time limit',
        program: 'skein.ts',
        request: { op: 'calls', count, watched: true },
      },
      { kind: 'served', name: 'Python Pool.map', program: 'pool.py', request: { op: 'calls', count } },
      {
        kind: 'served',
        name: 'piscina, slices by hand',
        program: 'piscina.ts',
        request: { op: 'calls', count, chunksize },
      },
    ],
    claims: [{ of: 'Skein', over: 'Python Pool.map', atMost: 1 }],
  };
}
