import type { Benchmark, Scale } from '../harness/benchmark.ts';

export function bundle({ quick }: Scale): Benchmark {
  return {
    name: 'bundle',
    title: 'the first bundle of a process, of a function without imports',
    measures:
      'the time of the first `bundle`, and beside it the first `capture`, in fresh processes, with what each loads.',
    leavesOut: 'starting node, code that imports, and bundles that are already known.',
    unit: { name: 'ms', perMs: 1 },
    warmup: quick ? 0 : 2,
    rounds: quick ? 1 : 12,
    contestants: [
      { kind: 'fresh', name: 'Skein bundle', program: 'first-bundle.mjs', clock: 'own' },
      { kind: 'fresh', name: 'Skein import and capture', program: 'first-capture.mjs', clock: 'own' },
      { kind: 'fresh', name: 'esbuild alone', program: 'first-esbuild.mjs', clock: 'own' },
    ],
    claims: [{ of: 'Skein bundle', atMost: 60 }],
  };
}
