import type { Benchmark, Scale } from '../harness/benchmark.ts';

export function capture({ quick }: Scale): Benchmark {
  const count = quick ? 3 : 100;
  return {
    name: 'capture',
    title: 'a function captured again, with a Map of 100 entries, records and a helper',
    measures: 'how long `capture` holds up the caller once it knows the code: the values are read again.',
    leavesOut: 'the first capture and bundling (see bundle), and functions with more or larger values.',
    unit: { name: 'ms a capture', perMs: 1 / count },
    warmup: quick ? 1 : 40,
    rounds: quick ? 1 : 20,
    contestants: [
      { kind: 'served', name: 'Skein capture', program: 'closure.ts', request: { op: 'capture', count } },
      {
        kind: 'served',
        name: 'v8.serialize, values only',
        program: 'v8.ts',
        request: { op: 'capture', count },
      },
    ],
    claims: [{ of: 'Skein capture', atMost: 0.4 }],
  };
}
