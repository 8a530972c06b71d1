import type { AllReduceRequest } from '../contestants/protocol.ts';
import type { Benchmark, Scale } from '../harness/benchmark.ts';

export function dsoAllReduce({ quick }: Scale): Benchmark {
  const processes = quick ? 2 : 4;
  const participants = quick ? 4 : 100;
  const length = quick ? 100 : 10_000;
  const request: AllReduceRequest = { op: 'allReduce', by: 'unix', processes, participants, length };
  const redis = { kind: 'served', program: 'redis.ts', redis: { install: !quick } } as const;
  return {
    name: 'dso-all-reduce',
    title: `AllReduce: ${participants} participants in ${processes} processes sum ${length.toLocaleString('en')} numbers each`,
    measures: `one round, from when the first participant gives its vector until the last has the sum. Skein combines at the server: exactly one request and one answer a participant, which every round checks. Through Redis each participant sets its vector, waits to be told that all are there, fetches all ${participants} and sums them.`,
    leavesOut:
      'a network, which would make the bytes dearer. `fetched once a process` shares what participants on machines of their own could not.',
    unit: { name: 'ms a round', perMs: 1 },
    warmup: quick ? 0 : 2,
    rounds: quick ? 1 : 10,
    contestants: [
      { kind: 'served', name: 'Skein', program: 'dso.ts', request },
      { ...redis, name: 'Redis', request },
      { ...redis, name: 'Redis, fetched once a process', request: { ...request, together: true } },
    ],
    // Five times as fast.
    claims: [{ of: 'Skein', over: 'Redis', atMost: 0.2 }],
  };
}
