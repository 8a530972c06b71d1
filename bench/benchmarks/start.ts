import type { Benchmark, Scale } from '../harness/benchmark.ts';

export function start({ quick }: Scale): Benchmark {
  return {
    name: 'start',
    title: 'from `node script` to the first result of one call',
    measures: 'whole processes, from before they are started until the answer has been read from them.',
    leavesOut:
      'how long they take to leave, functions with imports, and TypeScript. Thread pools start no second process.',
    unit: { name: 'ms', perMs: 1 },
    warmup: quick ? 0 : 2,
    rounds: quick ? 1 : 12,
    contestants: [
      { kind: 'fresh', name: 'Skein', program: 'start-skein.mjs', clock: 'start-to-answer' },
      { kind: 'fresh', name: 'node -e 0 and a fork', program: 'start-node.mjs', clock: 'own' },
      { kind: 'fresh', name: 'piscina', program: 'start-piscina.mjs', clock: 'start-to-answer' },
      { kind: 'fresh', name: 'Python Pool.apply', program: 'start-pool.py', clock: 'start-to-answer' },
    ],
    claims: [{ of: 'Skein', over: 'node -e 0 and a fork', atMost: 4 }],
  };
}
