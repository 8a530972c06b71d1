import type { Benchmark, Scale } from '../harness/benchmark.ts';

export function lithops({ quick }: Scale): Benchmark {
  const count = quick ? 50 : 1_000;
  const few = quick ? 10 : 20;
  return {
    name: 'lithops',
    title: `trivial calls on localhost as both come: Skein plays ${count.toLocaleString('en')}, Lithops ${few}`,
    measures: `the rate of calls. Figures are of one call: Lithops starts an interpreter for each, and ${count.toLocaleString('en')} would take minutes.`,
    leavesOut:
      'starting Skein’s workers, large values, and functions that take time. Lithops gets no cleaner beside it; its first localhost backend, which forks, does not play.',
    unit: { name: 'ms a call', perMs: 1 },
    warmup: quick ? 0 : 2,
    rounds: quick ? 1 : 8,
    contestants: [
      { kind: 'served', name: 'Skein', program: 'skein.ts', request: { op: 'rate', count }, parts: count },
      {
        kind: 'served',
        name: 'Skein, one call a message',
        program: 'skein.ts',
        request: { op: 'rate', count, chunksize: 1 },
        parts: count,
      },
      {
        kind: 'served',
        name: 'Lithops',
        program: 'lithops_localhost.py',
        request: { op: 'rate', count: few },
        parts: few,
        // The peer that this project is measured by: a version is a fact of the result.
        python: { packages: ['lithops==3.8.0'], install: !quick },
      },
    ],
    claims: [
      { of: 'Skein', over: 'Lithops', atMost: 0.001 },
      { of: 'Skein, one call a message', over: 'Lithops', atMost: 0.001 },
    ],
  };
}
