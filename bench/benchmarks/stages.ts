import type { StageRequest } from '../contestants/protocol.ts';
import type { Benchmark, FreshContestant, Scale, ServedContestant } from '../harness/benchmark.ts';

/** Stages as users write them: whoever sends calls chooses how many share a message. */
export function stages({ quick }: Scale): Benchmark {
  const count = quick ? 50 : 1_000;
  const firstNested: FreshContestant = {
    kind: 'fresh',
    name: 'nested map, first',
    program: 'first-nested.mjs',
    args: [String(count)],
    clock: 'own',
  };
  return {
    ...staged(count, quick),
    name: 'stages',
    title: `what a stage costs over a plain map of the same ${count.toLocaleString('en')} trivial calls, 2 warm workers`,
    contestants: [...skein({ count }), firstNested, ...python({ count })],
  };
}

/** The same with a message for every call: what each of the calls costs by the way that it takes. */
export function stagesSingle({ quick }: Scale): Benchmark {
  const count = quick ? 50 : 1_000;
  return {
    ...staged(count, quick),
    name: 'stages-single',
    title: `what a stage costs over a plain map of the same ${count.toLocaleString('en')} trivial calls, one a message, 2 warm workers`,
    contestants: [...skein({ count, chunksize: 1 }), ...python({ count, chunksize: 1 })],
  };
}

type Calls = Pick<StageRequest, 'count' | 'chunksize'>;

function staged(count: number, quick: boolean): Omit<Benchmark, 'name' | 'title' | 'contestants'> {
  return {
    measures: `one stage; a millisecond is ${1_000 / count} µs a call. Nested: a call maps by an executor of its own. Chain: a fifth of five maps, each over the one before. Groups: a map, and a reducer for each of ten keys.`,
    leavesOut:
      'large results, which go from worker to worker, and functions that take time. Python’s pools have no maps within calls; its other stages are separate maps, whose results come to the client.',
    unit: { name: 'ms a stage', perMs: 1 },
    differences: true,
    warmup: quick ? 0 : 10,
    rounds: quick ? 1 : 12,
    claims: [],
  };
}

function skein(calls: Calls): [ServedContestant, ...ServedContestant[]] {
  return [
    played('map', 'skein.ts', { ...calls, shape: 'map' }),
    played('chain', 'skein.ts', { ...calls, shape: 'chain' }),
    played('groups', 'skein.ts', { ...calls, shape: 'groups' }),
    played('nested map', 'skein.ts', { ...calls, shape: 'nested' }),
  ];
}

function python(calls: Calls): ServedContestant[] {
  return [
    played('Python Pool.map', 'pool.py', { ...calls, shape: 'map' }),
    played('Python Pool.map, five times', 'pool.py', { ...calls, shape: 'chain' }),
    played('Python Pool.map, twice for groups', 'pool.py', { ...calls, shape: 'groups' }),
  ];
}

function played(
  name: string,
  program: ServedContestant['program'],
  request: Omit<StageRequest, 'op'>,
): ServedContestant {
  const parts = request.shape === 'chain' ? 5 : 1;
  return { kind: 'served', name, program, request: { op: 'stage', ...request }, parts };
}
