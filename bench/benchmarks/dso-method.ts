import type { MultiplyRequest } from '../contestants/protocol.ts';
import type { Benchmark, Scale } from '../harness/benchmark.ts';

export function dsoMethod({ quick }: Scale): Benchmark {
  const size = quick ? 10 : 200;
  const request: MultiplyRequest = { op: 'multiply', by: 'unix', size };
  return {
    name: 'dso-method',
    title: `a shared ${size} × ${size} matrix is multiplied by another`,
    measures:
      'a method of a user’s class that runs where its object is, against reading the object, computing in the client and writing it back. Redis by ioredis.',
    leavesOut:
      'other callers at the same time: what Skein does one after another, here nothing keeps Redis from losing. And a network, which the matrix would cross twice.',
    unit: { name: 'ms a multiplication', perMs: 1 },
    warmup: quick ? 0 : 20,
    rounds: quick ? 1 : 30,
    contestants: [
      { kind: 'served', name: 'Skein', program: 'dso.ts', request },
      { kind: 'served', name: 'Redis', program: 'redis.ts', request, redis: { install: !quick } },
    ],
    claims: [],
  };
}
