/** The checker says what the definition of linearizability says, and its answers can be verified. */
import {
  type Arbitrary,
  array,
  assert,
  constant,
  constantFrom,
  integer,
  oneof,
  property,
  record,
} from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bruteForce } from './brute-force.ts';
import { check } from './checker.ts';
import type { History, Json, Operation } from './history.ts';
import { faults, type Random, seeded, simulate } from './simulate.ts';
import { type Workload, workloads } from './workloads.ts';

/** A few operations with any intervals, inputs of the workload, and answers that some state would give. */
function histories(workload: Workload): Arbitrary<History<Json, Json>> {
  const { model, input } = workload;
  const operation = record({
    call: integer({ min: 0, max: 12 }),
    takes: oneof({ weight: 3, arbitrary: integer({ min: 0, max: 8 }) }, constant(undefined)),
    client: constantFrom('c0', 'c1', 'c2'),
    seed: integer({ min: 0, max: 1000 }),
  }).map(({ call, takes, client, seed }): Operation<Json, Json> => {
    const random = seeded(seed);
    const asked = input(random, client);
    if (takes === undefined) return { client, call, input: asked, return: undefined };
    // The answer of a state that some other operations of the same part lead to.
    const state = someState(workload, random, model.partition?.(asked), random(3));
    const output = model.apply(state, asked)?.output ?? null;
    return { client, call, input: asked, return: call + takes, output };
  });
  return array(operation, { maxLength: 7 });
}

/** Whether an order keeps to time and to the model. */
function holds({ model }: Workload, order: History<Json, Json>): boolean {
  let state = model.init();
  for (const [index, operation] of order.entries()) {
    const { input } = operation;
    const late = order
      .slice(index + 1)
      .some((other) => (other.return ?? Number.POSITIVE_INFINITY) < operation.call);
    const next =
      operation.return === undefined
        ? model.stepUnknown(state, input)
        : model.step(state, input, operation.output);
    if (late || next === undefined) return false;
    state = next;
  }
  return true;
}

/** The verdict is the brute force's, and what comes with it is true. Returns it. */
function verify(workload: Workload, history: History<Json, Json>): boolean {
  const verdict = check(workload.model, history);
  if (verdict.linearizable === 'unknown') throw new Error(verdict.reason);
  expect(verdict.linearizable).toBe(bruteForce(workload.model, history));
  if (verdict.linearizable) {
    const placed = [...verdict.orders.values()].flat();
    const owed = history.filter((operation) => operation.return !== undefined);
    expect(new Set(placed).size).toBe(placed.length);
    expect(owed.filter((operation) => !placed.includes(operation))).toEqual([]);
    for (const order of verdict.orders.values()) expect(holds(workload, order)).toBe(true);
  } else {
    expect(holds(workload, verdict.longest)).toBe(true);
    expect(verdict.longest).not.toContain(verdict.stuck);
    expect(history).toContain(verdict.stuck);
  }
  return verdict.linearizable;
}

/** A state that some operations lead to. */
function someState({ model, input }: Workload, random: Random, part: string | undefined, steps: number) {
  let state = model.init();
  for (let step = 0; step < steps; step++) {
    const before = input(random, `c${random(3)}`);
    if (model.partition?.(before) === part) state = model.stepUnknown(state, before);
  }
  return state;
}

describe.each(workloads.map((one) => [one.model.name, one] as const))('%s', (_name, workload) => {
  test('the verdict on any small history is that of the definition', () => {
    const seen = new Set<boolean>();
    assert(
      property(histories(workload), (history) => {
        seen.add(verify(workload, history));
      }),
      { numRuns: 300, seed: 1 },
    );
    expect(seen.size).toBe(2);
  });

  test('so is it on the small history of an object, correct or not', () => {
    for (const fault of [undefined, ...faults]) {
      for (let seed = 1; seed <= 25; seed++) {
        const { model, input } = workload;
        const shape = { clients: 2 + (seed % 3), operations: 7, unknown: 0.1 };
        const correct = verify(workload, simulate(model, { ...shape, seed, fault, input }));
        if (fault === undefined) expect(correct).toBe(true);
      }
    }
  });

  test('what its model says only observes changes no state', () => {
    const { model, input } = workload;
    const random = seeded(1);
    let observed = 0;
    for (let round = 0; round < 2000; round++) {
      const asked = input(random, `c${random(3)}`);
      const part = model.partition?.(asked);
      const output = model.apply(someState(workload, random, part, random(8)), asked)?.output ?? null;
      if (!model.observes?.(asked, output)) continue;
      const state = someState(workload, random, part, random(8));
      const next = model.step(state, asked, output);
      if (next === undefined) continue;
      expect(model.key(next)).toBe(model.key(state));
      observed++;
    }
    expect(observed).toBeGreaterThan(100);
  });
});
