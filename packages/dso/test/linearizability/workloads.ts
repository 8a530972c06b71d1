/** For each model, what clients ask in simulations: few values and keys, so that operations meet. */

import type { Json } from './history.ts';
import type { RunnableModel } from './model.ts';
import {
  accountModel,
  counterModel,
  listModel,
  lockModel,
  mapModel,
  queueModel,
  registerModel,
} from './models.ts';
import type { Random } from './simulate.ts';

/** Types are forgotten here: a model's inputs and outputs go only to itself. */
export interface Workload {
  readonly model: RunnableModel<NonNullable<unknown>, Json, Json>;
  input(random: Random, client: string): Json;
  /** What the model was made with, for the checker in Go. */
  readonly parameters: { readonly initial?: Json; readonly capacity?: number };
}

function workload<S extends NonNullable<unknown>, I extends Json, O extends Json>(
  model: RunnableModel<S, I, O>,
  input: (random: Random, client: string) => I,
  parameters: Workload['parameters'] = {},
): Workload {
  return { model, input, parameters };
}

const pick = <const T>(random: Random, ...choices: readonly T[]): T => choices[random(choices.length)] as T;

export const workloads: readonly Workload[] = [
  workload(counterModel(), (random) => {
    const op = pick(
      random,
      'increment',
      'increment',
      'increment',
      'tally',
      'tally',
      'compareAndSet',
      'reset',
    );
    if (op === 'increment') return { op, by: 1 + random(2) };
    return op === 'compareAndSet' ? { op, expected: random(6), value: random(6) } : { op };
  }),
  workload(
    registerModel(0),
    (random) => {
      const op = pick(random, 'get', 'get', 'set', 'getAndSet', 'compareAndSet');
      if (op === 'get') return { op };
      const value = random(4);
      return op === 'compareAndSet' ? { op, expected: random(4), value } : { op, value };
    },
    { initial: 0 },
  ),
  workload(mapModel(), (random) => {
    const op = pick(random, 'get', 'get', 'has', 'set', 'delete', 'compute');
    const key = pick(random, 'a', 'b', 'c');
    if (op === 'compute') return { op, key, add: 1 };
    return op === 'set' ? { op, key, value: random(4) } : { op, key };
  }),
  workload(
    queueModel(3),
    (random) => {
      const op = pick(random, 'offer', 'offer', 'put', 'poll', 'poll', 'take', 'peek', 'size');
      return op === 'offer' || op === 'put' ? { op, value: random(100) } : { op };
    },
    { capacity: 3 },
  ),
  workload(lockModel(), (random, client) => {
    const op = pick(
      random,
      'acquire',
      'tryAcquire',
      'tryAcquire',
      'release',
      'release',
      'release',
      'isLocked',
      'expire',
    );
    if (op === 'isLocked') return { op };
    // Sessions are of one client each, and few of them end.
    if (op === 'expire' && random(4) > 0) return { op: 'release' as const, session: client };
    return { op, session: client };
  }),
  workload(accountModel(), (random) => {
    const op = pick(random, 'deposit', 'withdraw', 'withdraw', 'balance');
    return op === 'balance' ? { op } : { op, amount: 1 + random(3) };
  }),
  workload(listModel(), (random) => {
    const op = pick(random, 'append', 'append', 'append', 'get', 'read', 'size');
    if (op === 'append') return { op, value: random(5) };
    return op === 'get' ? { op, index: random(5) } : { op };
  }),
];
