import type { Benchmark, FreshContestant, Scale } from '../harness/benchmark.ts';

export function lazy({ quick }: Scale): Benchmark {
  const most = quick ? 400 : 1_000_000;
  const less = most / 10;
  const fewer = quick ? [] : [less, 10_000];
  const skein = (mode: 'stream' | 'kept', calls: number): FreshContestant => ({
    ...measured('lazy-skein.mjs', calls, mode),
    name: `Skein, ${mode}, ${calls.toLocaleString('en')}`,
  });
  return {
    name: 'lazy',
    title: 'memory of the client while calls are mapped over a generator',
    measures:
      'the highest resident memory of the client’s process above what it had after 1,000 calls. With `stream` results are read one by one; `kept`, they are awaited all together.',
    leavesOut:
      'the workers’ memory (piscina’s threads are in the client’s process, so theirs is in its figure), and large inputs or results.',
    unit: { name: 'MiB', perByte: 2 ** -20 },
    warmup: 0,
    rounds: quick ? 1 : 5,
    contestants: [
      skein('stream', most),
      ...fewer.map((calls) => skein('stream', calls)),
      skein('kept', most),
      ...fewer.map((calls) => skein('kept', calls)),
      { ...measured('lazy-pool.py', most), name: `Python Pool.imap, ${most.toLocaleString('en')}` },
      {
        ...measured('lazy-piscina.mjs', less),
        name: `piscina, slices by hand, ${less.toLocaleString('en')}`,
      },
    ],
    claims: [
      // The heap's young generation and what the engine frees late; nothing that grows with the calls.
      { of: skein('stream', most).name, atMost: 48 },
      // A result, its state and its times: in arrays, not in an object a call.
      { of: skein('kept', most).name, atMost: 160 },
    ],
  };
}

function measured(
  program: FreshContestant['program'],
  calls: number,
  ...args: string[]
): Omit<FreshContestant, 'name'> {
  return { kind: 'fresh', program, args: [String(calls), ...args], clock: 'own' };
}
