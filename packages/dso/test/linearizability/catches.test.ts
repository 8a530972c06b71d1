/** The proof can fail: histories of objects that are broken on purpose are told from those of the real ones. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Dso } from '../../src/dso.ts';
import { launchNode, type StartedNode } from '../support/processes.ts';
import { separate } from '../support/separate.ts';
import { check } from './checker.ts';
import type { Json } from './history.ts';
import { type CounterInput, counterModel } from './models.ts';
import { Recorder } from './recorder.ts';
import { seeded } from './simulate.ts';
import { meaningOf, subjects } from './subjects.ts';

const CONNECTIONS = 4;

let node: StartedNode;
const connections: Dso[] = [];
beforeAll(async () => {
  node = await launchNode();
  for (let i = 0; i < CONNECTIONS; i++) connections.push(await separate(node.url));
});
afterAll(async () => {
  await Promise.all(connections.map((dso) => dso.close()));
  await node.kill();
});

type Run = (input: CounterInput) => Promise<Json>;

/** Ways in which a counter may be wrong, as real systems are. */
const faults: Readonly<Record<string, (dso: Dso, right: Run) => Run>> = {
  'reads, adds and writes in three steps': (dso, right) => async (input) => {
    if (input.op !== 'increment') return right(input);
    const counter = dso.counter('subject');
    const next = (await counter.tally()) + input.by;
    await counter.reset(next);
    return next;
  },
  'does now and then again what was asked once': (_dso, right) => {
    const random = seeded(3);
    return async (input) => {
      const answer = await right(input);
      if (input.op === 'increment' && random(20) === 0) await right(input);
      return answer;
    };
  },
  'answers reads from a copy that is a little old': (_dso, right) => {
    let copy: Json = 0;
    return async (input) => {
      const answer = await right(input);
      if (input.op === 'tally') {
        const old = copy;
        copy = answer;
        return old;
      }
      return answer;
    };
  },
  'forgets now and then what it has answered': (dso, right) => {
    const random = seeded(4);
    return async (input) => {
      const answer = await right(input);
      if (input.op === 'increment' && random(20) === 0) await dso.counter('subject').decrement(input.by);
      return answer;
    };
  },
};

async function verdictOf(broken: (dso: Dso, right: Run) => Run): Promise<boolean | 'unknown'> {
  await connections[0]?.clear();
  const recorder = new Recorder<CounterInput, Json>({ classify: meaningOf });
  const { input, open } = subjects.counter;
  await Promise.all(
    connections.map(async (dso, i) => {
      const random = seeded(i);
      const run = broken(dso, open(dso));
      for (let n = 0; n < 100; n++) {
        const asked = input(random, `c${i}`);
        await recorder.record(`c${i}`, asked, () => run(asked));
      }
    }),
  );
  const verdict = check(
    counterModel() as Parameters<typeof check<number, CounterInput, Json>>[0],
    recorder.history(),
  );
  return verdict.linearizable;
}

describe('a counter', () => {
  test('as it is is linearizable', async () => {
    expect(await verdictOf((_dso, right) => right)).toBe(true);
  });

  test.each(Object.entries(faults))('that %s is not', async (_name, broken) => {
    expect(await verdictOf(broken)).toBe(false);
  });
});
