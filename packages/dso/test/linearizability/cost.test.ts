/** What a check costs, in states tried: it grows with the history, not with the number of its orders. */
import { describe, expect, test } from 'vitest';
import { check } from './checker.ts';
import type { Operation } from './history.ts';
import { type CounterInput, counterModel } from './models.ts';
import { simulate } from './simulate.ts';
import { type Workload, workloads } from './workloads.ts';

/** Sixteen clients ask one object thousands of things. */
const big = ({ model, input }: Workload, unknown: number) =>
  simulate(model, { seed: 7, clients: 16, operations: 4000, unknown, input });

describe.each(workloads.map((one) => [one.model.name, one] as const))('%s', (_name, workload) => {
  test('4000 operations of 16 clients are a matter of some states each', () => {
    const found = check(workload.model, big(workload, 0));
    expect(found).toMatchObject({ linearizable: true });
    expect(found.states).toBeLessThan(40_000);
  });
});

test('what many equal operations of unknown outcome did is not a question of which of them did', () => {
  const history: Operation<CounterInput, number>[] = Array.from({ length: 200 }, (_, client) => ({
    client: `c${client}`,
    call: 0,
    return: undefined,
    input: { op: 'increment', by: 1 },
  }));
  const tally = (output: number): Operation<CounterInput, number> => ({
    client: 'reader',
    call: 1,
    return: 2,
    input: { op: 'tally' },
    output,
  });
  expect(check(counterModel(), [...history, tally(100)])).toMatchObject({ linearizable: true });
  const found = check(counterModel(), [...history, tally(201)]);
  expect(found).toMatchObject({ linearizable: false });
  expect(found.states).toBeLessThan(1000);
});
