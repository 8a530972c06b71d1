/** Shared objects as histories are recorded of them: what clients ask at random, how it is done, what it should be. */
import type { Dso } from '../../src/dso.ts';
import { DsoError } from '../../src/errors.ts';
import type { Json } from './history.ts';
import type { RunnableModel } from './model.ts';
import {
  type AccountInput,
  accountModel,
  type CounterInput,
  counterModel,
  type LockInput,
  lockModel,
  type MapInput,
  mapModel,
  type QueueInput,
  queueModel,
  type RegisterInput,
  registerModel,
} from './models.ts';
import type { Meaning } from './recorder.ts';
import type { Random } from './simulate.ts';

export interface Subject<I extends Json, O extends Json> {
  readonly model: RunnableModel<NonNullable<unknown>, I, O>;
  /** What a client asks next. */
  input(random: Random, client: string): I;
  /** Does it, over one client's connection. */
  open(dso: Dso): (input: I) => Promise<O>;
}

/** What waits for others does not wait for ever: the others may have been killed. */
const patience = { timeoutMs: 40 };
const pick = <T>(random: Random, items: readonly T[]): T => items[random(items.length)]!;

const counter: Subject<CounterInput, Json> = {
  model: counterModel() as RunnableModel<number, CounterInput, Json>,
  input: (random) =>
    pick<CounterInput>(random, [
      { op: 'increment', by: 1 + random(3) },
      { op: 'increment', by: 1 },
      { op: 'tally' },
      { op: 'compareAndSet', expected: random(300), value: random(300) },
    ]),
  open(dso) {
    const object = dso.counter('subject');
    return async (input) => {
      switch (input.op) {
        case 'increment':
          return object.increment(input.by);
        case 'tally':
          return object.tally();
        case 'reset':
          await object.reset();
          return null;
        case 'compareAndSet':
          return object.compareAndSet(input.expected, input.value);
      }
    };
  },
};

const register: Subject<RegisterInput, Json> = {
  model: registerModel(),
  input: (random) =>
    pick<RegisterInput>(random, [
      { op: 'get' },
      { op: 'set', value: random(5) },
      { op: 'getAndSet', value: random(5) },
      { op: 'compareAndSet', expected: random(5), value: random(5) },
    ]),
  open(dso) {
    const object = dso.atomicReference<Json>('subject', { initial: null });
    return async (input) => {
      switch (input.op) {
        case 'get':
          return object.get();
        case 'set':
          await object.set(input.value);
          return null;
        case 'getAndSet':
          return object.getAndSet(input.value);
        case 'compareAndSet':
          return object.compareAndSet(input.expected, input.value);
      }
    };
  },
};

const map: Subject<MapInput, Json> = {
  model: mapModel() as RunnableModel<{ value?: Json }, MapInput, Json>,
  input(random) {
    const key = `k${random(4)}`;
    return pick<MapInput>(random, [
      { key, op: 'get' },
      { key, op: 'has' },
      { key, op: 'delete' },
      { key, op: 'set', value: random(20) },
      { key, op: 'compute', add: 1 + random(5) },
    ]);
  },
  open(dso) {
    const object = dso.map<string, number>('subject');
    return async (input) => {
      switch (input.op) {
        case 'get':
          return (await object.get(input.key)) ?? null;
        case 'has':
          return object.has(input.key);
        case 'delete':
          return object.delete(input.key);
        case 'set':
          await object.set(input.key, input.value as number);
          return null;
        case 'compute':
          return object.merge(input.key, input.add, 'sum');
      }
    };
  },
};

const queue: Subject<QueueInput, Json> = {
  model: queueModel(8) as RunnableModel<readonly (string | number)[], QueueInput, Json>,
  input: (random, client) =>
    pick<QueueInput>(random, [
      { op: 'offer', value: `${client}-${random(1e6)}` },
      { op: 'put', value: `${client}-${random(1e6)}` },
      { op: 'poll' },
      { op: 'take' },
      { op: pick(random, ['peek', 'size']) },
    ]),
  open(dso) {
    const object = dso.queue<Exclude<Json, null>>('subject', { capacity: 8 });
    return async (input) => {
      switch (input.op) {
        case 'offer':
          return object.offer(input.value);
        case 'put':
          await object.put(input.value, patience);
          return null;
        case 'poll':
          return (await object.poll()) ?? null;
        case 'take':
          return object.take(patience);
        case 'peek':
          return (await object.peek()) ?? null;
        case 'size':
          return object.size();
      }
    };
  },
};

const lock: Subject<LockInput, Json> = {
  model: lockModel() as unknown as RunnableModel<NonNullable<unknown>, LockInput, Json>,
  input: (random, session) =>
    pick<LockInput>(random, [
      { op: 'acquire', session },
      { op: 'tryAcquire', session },
      { op: 'release', session },
      { op: 'release', session },
      { op: 'isLocked' },
    ]),
  open(dso) {
    const object = dso.lock('subject');
    return async (input) => {
      switch (input.op) {
        case 'acquire':
          return object.acquire(patience);
        case 'tryAcquire':
          return (await object.tryAcquire()) ?? null;
        case 'release':
          try {
            await object.release();
            return true;
          } catch (error) {
            if (error instanceof DsoError && error.code === 'not-holder') return false;
            throw error;
          }
        case 'isLocked':
          return object.isHeld();
        case 'expire':
        case 'undo':
          throw new Error('sessions do not expire because they are asked to, and clients undo by themselves');
      }
    };
  },
};

class Account {
  balance = 0;
  deposit(amount: number): number {
    this.balance += amount;
    return this.balance;
  }
  withdraw(amount: number): number {
    if (amount > this.balance) throw new RangeError('insufficient');
    this.balance -= amount;
    return this.balance;
  }
  read(): number {
    return this.balance;
  }
}

const account: Subject<AccountInput, Json> = {
  model: accountModel() as RunnableModel<number, AccountInput, Json>,
  input: (random) =>
    pick<AccountInput>(random, [
      { op: 'deposit', amount: 1 + random(9) },
      { op: 'withdraw', amount: 1 + random(30) },
      { op: 'balance' },
    ]),
  open(dso) {
    const object = dso.object('subject', Account);
    return async (input) => {
      switch (input.op) {
        case 'deposit':
          return object.deposit(input.amount);
        case 'balance':
          return object.read();
        case 'withdraw':
          try {
            return await object.withdraw(input.amount);
          } catch (error) {
            if (error instanceof RangeError) return { error: 'insufficient' };
            throw error;
          }
      }
    };
  },
};

export const subjects = { counter, register, map, queue, lock, account } as const;
export type SubjectName = keyof typeof subjects;

/** The subject whatever its inputs are: a run gives back to it only what it has made. */
export function subjectOf(name: SubjectName): Subject<Json, Json> {
  return subjects[name] as unknown as Subject<Json, Json>;
}

/** What an error says of an operation; by the README's rules, and nothing else. */
export function meaningOf(error: unknown): Meaning<Json> {
  if (!(error instanceof DsoError)) throw error;
  switch (error.code) {
    // It was not done, and will not be.
    case 'timeout':
    case 'session-lost':
      return { kind: 'no-effect' };
    case 'outcome-unknown':
    case 'closed':
      return { kind: 'unknown' };
    default:
      throw error;
  }
}
