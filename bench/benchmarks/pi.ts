import type { PiRequest } from '../contestants/protocol.ts';
import type { Benchmark, Scale } from '../harness/benchmark.ts';

export function pi({ quick }: Scale): Benchmark {
  const request: PiRequest = quick
    ? { op: 'pi', tasks: 4, points: 1_000 }
    : { op: 'pi', tasks: 40, points: 250_000 };
  return {
    name: 'pi',
    title: `Monte Carlo pi, ${request.tasks} tasks of ${request.points.toLocaleString('en')} points, 2 warm workers`,
    measures:
      'what is left of the second core once calls are paid for. Halves by hand are as quick as the machine can be: cores that share their insides give less than twice the speed.',
    leavesOut: 'starting workers. Python plays for reference: its rows compare languages, not pools.',
    unit: { name: 'ms', perMs: 1 },
    warmup: 1,
    rounds: quick ? 1 : 8,
    contestants: [
      { kind: 'served', name: 'Skein', program: 'skein.ts', request },
      { kind: 'served', name: 'one process', program: 'alone.ts', request },
      { kind: 'served', name: 'two forks, halves by hand', program: 'halves.ts', request },
      { kind: 'served', name: 'Python Pool.starmap', program: 'pool.py', request },
    ],
    claims: [],
  };
}
