/** Our checker and Porcupine judge the same histories, and agree. */
import { beforeAll, describe, expect, test } from 'vitest';
import { check } from './checker.ts';
import { ask, porcupine, type Question } from './porcupine.ts';
import { type Fault, faults, simulate } from './simulate.ts';
import { type Workload, workloads } from './workloads.ts';

const CORRECT = 20;
const FAULTY = 10;

let program: string;
let missing: string | undefined;

beforeAll(async () => {
  try {
    program = await porcupine();
  } catch (error) {
    // Where everything is tested, this is too.
    if (process.env['CI']) throw error;
    missing = `Porcupine could not be built: ${error instanceof Error ? error.message : String(error)}`;
  }
}, 600_000);

function questions({ model, input, parameters }: Workload, fault: Fault | undefined): Question[] {
  return Array.from({ length: fault === undefined ? CORRECT : FAULTY }, (_, index) => {
    const seed = 1 + index;
    const history = simulate(model, {
      seed,
      fault,
      input,
      clients: 2 + (seed % 5),
      operations: 20 + 10 * (seed % 7),
      unknown: seed % 2 === 0 ? 0.02 : 0,
    });
    return { model: model.name, parameters, history };
  });
}

const ours = (workload: Workload, asked: readonly Question[]): string[] =>
  asked.map(({ history }) => {
    const { linearizable } = check(workload.model, history);
    return linearizable === 'unknown' ? 'Unknown' : linearizable ? 'Ok' : 'Illegal';
  });

describe.each(workloads.map((one) => [one.model.name, one] as const))('%s', (_name, workload) => {
  test('both find an order for what a correct object did', async (context) => {
    if (missing !== undefined) context.skip(missing);
    const asked = questions(workload, undefined);
    const verdicts = ours(workload, asked);
    expect(verdicts).toEqual(asked.map(() => 'Ok'));
    expect(await ask(program, asked)).toEqual(verdicts);
  });

  test('both judge alike what a faulty object did, and find faults', async (context) => {
    if (missing !== undefined) context.skip(missing);
    const asked = faults.flatMap((fault) => questions(workload, fault));
    const verdicts = ours(workload, asked);
    expect(await ask(program, asked)).toEqual(verdicts);
    // A fault may go unseen: two increments in the wrong order of time, of which nobody was told.
    expect(verdicts.filter((verdict) => verdict === 'Illegal').length).toBeGreaterThan(asked.length / 3);
    expect(verdicts).not.toContain('Unknown');
  });
});
