import type { CallsRequest } from '../contestants/protocol.ts';
import type { Benchmark, Scale } from '../harness/benchmark.ts';

export function calls({ quick }: Scale): Benchmark {
  const count = quick ? 50 : 1_000;
  const one: CallsRequest = { op: 'calls', count };
  return {
    name: 'calls',
    title: `${count.toLocaleString('en')} trivial calls, one a message, 2 warm workers`,
    measures:
      'what a call costs around the function: capture of a function seen before, arguments, scheduling, messages, results, promises.',
    leavesOut: 'starting workers, loading code, large values, and functions that take time.',
    unit: { name: 'µs a call', perMs: 1_000 / count },
    warmup: quick ? 1 : 20,
    rounds: quick ? 1 : 40,
    contestants: [
      { kind: 'served', name: 'Skein', program: 'skein.ts', request: { ...one, chunksize: 1 } },
      {
        kind: 'served',
        name: 'Skein, retries and time limit',
        program: 'skein.ts',
        request: { ...one, chunksize: 1, watched: true },
      },
      { kind: 'served', name: 'Python Pool.map', program: 'pool.py', request: { ...one, chunksize: 1 } },
      { kind: 'served', name: 'piscina', program: 'piscina.ts', request: one },
      { kind: 'served', name: 'tinypool', program: 'tinypool.ts', request: one },
      { kind: 'served', name: 'fork messages, window 16', program: 'messages.ts', request: one },
    ],
    claims: [
      { of: 'Skein', over: 'Python Pool.map', atMost: 1 },
      { of: 'Skein', over: 'piscina', atMost: 1.2 },
      { of: 'Skein', over: 'tinypool', atMost: 1.2 },
      { of: 'Skein, retries and time limit', over: 'Python Pool.map', atMost: 1 },
    ],
  };
}
