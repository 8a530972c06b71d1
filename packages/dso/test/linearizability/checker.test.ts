/** What the checker says of small histories, one model after another. */
import { describe, expect, test } from 'vitest';
import { check } from './checker.ts';
import type { Json, Operation } from './history.ts';
import type { Model } from './model.ts';
import {
  accountModel,
  counterModel,
  listModel,
  lockModel,
  mapModel,
  queueModel,
  registerModel,
} from './models.ts';

/** `op` called at `call`, answered at the other time with `output`; or of unknown outcome. */
const at = <I extends Json, O extends Json>(
  call: number,
  returned: number,
  input: I,
  output: O,
): Operation<I, O> => ({ client: `c${call}`, call, return: returned, input, output });
const lost = <I extends Json>(call: number, input: I): Operation<I, never> => ({
  client: `c${call}`,
  call,
  return: undefined,
  input,
});

const verdict = <S extends NonNullable<unknown>, I extends Json, O extends Json>(
  model: Model<S, I, O>,
  ...history: Operation<I, O>[]
): boolean | 'unknown' => check(model, history).linearizable;

const increment = { op: 'increment', by: 1 } as const;
const tally = { op: 'tally' } as const;

test('an empty history is linearizable', () => {
  expect(verdict(counterModel())).toBe(true);
});

describe('counter', () => {
  const counter = counterModel();

  test('concurrent increments may come in either order, but each counts once', () => {
    expect(verdict(counter, at(0, 10, increment, 2), at(1, 9, increment, 1))).toBe(true);
    expect(verdict(counter, at(0, 10, increment, 1), at(1, 9, increment, 1))).toBe(false);
  });

  test('one that returned before another was called comes first', () => {
    expect(verdict(counter, at(0, 4, increment, 2), at(5, 9, increment, 1))).toBe(false);
  });

  test('one that returned at the moment of another’s call is concurrent with it', () => {
    expect(verdict(counter, at(0, 5, increment, 2), at(5, 9, increment, 1))).toBe(true);
  });

  test('a tally does not miss an increment that returned before', () => {
    expect(verdict(counter, at(0, 4, increment, 1), at(5, 9, tally, 1))).toBe(true);
    expect(verdict(counter, at(0, 4, increment, 1), at(5, 9, tally, 0))).toBe(false);
  });

  test('an increment of unknown outcome counts at any later time, once or never', () => {
    const unsure = lost(0, increment);
    expect(verdict(counter, unsure, at(5, 6, tally, 0))).toBe(true);
    expect(verdict(counter, unsure, at(5, 6, tally, 1))).toBe(true);
    expect(verdict(counter, unsure, at(5, 6, tally, 0), at(7, 8, tally, 1))).toBe(true);
    expect(verdict(counter, unsure, at(5, 6, tally, 1), at(7, 8, tally, 0))).toBe(false);
    expect(verdict(counter, unsure, at(5, 6, tally, 2))).toBe(false);
  });

  test('an increment of unknown outcome does not count before its call', () => {
    expect(verdict(counter, at(0, 4, tally, 1), lost(5, increment))).toBe(false);
  });

  test('reset and compareAndSet', () => {
    const swap = { op: 'compareAndSet', expected: 1, value: 7 } as const;
    const reset = { op: 'reset' } as const;
    expect(verdict(counter, at(0, 1, increment, 1), at(2, 3, swap, true), at(4, 5, tally, 7))).toBe(true);
    expect(verdict(counter, at(0, 1, increment, 1), at(2, 3, swap, false))).toBe(false);
    expect(verdict(counter, at(0, 1, increment, 1), at(2, 3, reset, null), at(4, 5, tally, 0))).toBe(true);
    expect(verdict(counter, at(0, 1, increment, 1), at(2, 3, reset, null), at(4, 5, tally, 1))).toBe(false);
  });
});

describe('register', () => {
  const register = registerModel(0);
  const get = { op: 'get' } as const;
  const set = (value: Json) => ({ op: 'set', value }) as const;
  const swap = (expected: Json, value: Json) => ({ op: 'compareAndSet', expected, value }) as const;

  test('reads during a write may see the old value, then the new one, and not go back', () => {
    expect(verdict(register, at(0, 9, set(1), null), at(1, 2, get, 0), at(3, 4, get, 1))).toBe(true);
    expect(verdict(register, at(0, 9, set(1), null), at(1, 2, get, 1), at(3, 4, get, 0))).toBe(false);
  });

  test('of two compareAndSet with the same expectation one does', () => {
    expect(verdict(register, at(0, 9, swap(0, 1), true), at(1, 8, swap(0, 2), false))).toBe(true);
    expect(verdict(register, at(0, 9, swap(0, 1), true), at(1, 8, swap(0, 2), true))).toBe(false);
  });

  test('getAndSet hands each value on once', () => {
    const exchange = (value: Json) => ({ op: 'getAndSet', value }) as const;
    expect(verdict(register, at(0, 9, exchange(1), 2), at(1, 8, exchange(2), 0))).toBe(true);
    expect(verdict(register, at(0, 9, exchange(1), 0), at(1, 8, exchange(2), 0))).toBe(false);
  });

  test('values are compared as JSON', () => {
    const reference = registerModel({ a: [1] });
    expect(verdict(reference, at(0, 1, swap({ a: [1] }, null), true), at(2, 3, get, null))).toBe(true);
  });
});

describe('map', () => {
  const map = mapModel();
  const set = (key: string, value: Json) => ({ op: 'set', key, value }) as const;
  const get = (key: string) => ({ op: 'get', key }) as const;

  test('keys are independent', () => {
    expect(verdict(map, at(0, 1, set('a', 1), null), at(2, 3, get('b'), null))).toBe(true);
    expect(verdict(map, at(0, 1, set('a', 1), null), at(2, 3, get('a'), null))).toBe(false);
  });

  test('the fault names its key', () => {
    const found = check(map, [
      at(0, 1, set('a', 1), null),
      at(0, 1, set('b', 1), null),
      at(2, 3, get('b'), 2),
    ]);
    expect(found).toMatchObject({ linearizable: false, part: 'b', stuck: { input: get('b') } });
  });

  test('delete and compute', () => {
    const remove = { op: 'delete', key: 'a' } as const;
    const add = { op: 'compute', key: 'a', add: 2 } as const;
    expect(verdict(map, at(0, 1, add, 2), at(2, 9, remove, true), at(3, 8, add, 4))).toBe(true);
    expect(verdict(map, at(0, 1, add, 2), at(2, 9, remove, true), at(3, 8, add, 2))).toBe(true);
    expect(verdict(map, at(0, 9, remove, true), at(10, 11, add, 2))).toBe(false);
  });
});

describe('queue', () => {
  const queue = queueModel(2);
  const offer = (value: string) => ({ op: 'offer', value }) as const;
  const poll = { op: 'poll' } as const;
  const take = { op: 'take' } as const;

  test('items leave in the order in which they came, each once', () => {
    const both = [at(0, 1, offer('a'), true), at(2, 3, offer('b'), true)];
    expect(verdict(queue, ...both, at(4, 5, poll, 'a'), at(6, 7, poll, 'b'))).toBe(true);
    expect(verdict(queue, ...both, at(4, 5, poll, 'b'))).toBe(false);
    expect(verdict(queue, ...both, at(4, 9, poll, 'a'), at(5, 8, poll, 'a'))).toBe(false);
  });

  test('a poll finds nothing only if there can be nothing', () => {
    expect(verdict(queue, at(0, 9, offer('a'), true), at(1, 8, poll, null))).toBe(true);
    expect(verdict(queue, at(0, 3, offer('a'), true), at(4, 8, poll, null))).toBe(false);
  });

  test('a take waits for its item, and an offer finds the queue full', () => {
    expect(verdict(queue, at(0, 9, take, 'a'), at(4, 5, offer('a'), true))).toBe(true);
    expect(verdict(queue, at(0, 3, take, 'a'), at(4, 5, offer('a'), true))).toBe(false);
    const full = [at(0, 1, offer('a'), true), at(2, 3, offer('b'), true)];
    expect(verdict(queue, ...full, at(4, 5, offer('c'), false))).toBe(true);
    expect(verdict(queue, ...full, at(4, 5, offer('c'), true))).toBe(false);
    expect(verdict(queue, ...full, at(4, 5, { op: 'put', value: 'c' }, null))).toBe(false);
  });

  test('a take of unknown outcome explains one missing item', () => {
    const both = [at(0, 1, offer('a'), true), at(2, 3, offer('b'), true)];
    expect(verdict(queue, ...both, lost(0, take), at(4, 5, poll, 'b'), at(6, 7, poll, null))).toBe(true);
    expect(verdict(queue, ...both, lost(0, take), at(4, 5, poll, null))).toBe(false);
  });
});

test('an operation of unknown outcome explains nothing that returned before its call', () => {
  const put = (value: string) => ({ op: 'put', value }) as const;
  const unsure = [lost(0, put('a')), lost(15, put('b'))];
  const size = at(0, 10, { op: 'size' } as const, 1);
  const poll = { op: 'poll' } as const;
  expect(verdict(queueModel(), ...unsure, size, at(20, 30, poll, 'a'))).toBe(true);
  expect(verdict(queueModel(), ...unsure, size, at(20, 30, poll, 'b'))).toBe(false);
});

describe('lock', () => {
  const lock = lockModel();
  const acquire = (session: string) => ({ op: 'acquire', session }) as const;
  const attempt = (session: string) => ({ op: 'tryAcquire', session }) as const;
  const release = (session: string) => ({ op: 'release', session }) as const;
  const expire = (session: string) => ({ op: 'expire', session }) as const;

  test('it has one holder', () => {
    expect(verdict(lock, at(0, 1, acquire('a'), 1), at(2, 9, acquire('b'), 2))).toBe(false);
    const handed = [at(0, 1, acquire('a'), 1), at(2, 9, acquire('b'), 2), at(3, 4, release('a'), true)];
    expect(verdict(lock, ...handed)).toBe(true);
    expect(verdict(lock, at(0, 1, acquire('a'), 1), at(2, 3, attempt('b'), null))).toBe(true);
    expect(verdict(lock, at(2, 3, attempt('b'), null))).toBe(false);
  });

  test('tokens grow, with gaps', () => {
    const handed = (token: number) =>
      verdict(lock, at(0, 1, acquire('a'), 5), at(2, 3, release('a'), true), at(4, 5, acquire('b'), token));
    expect(handed(9)).toBe(true);
    expect(handed(5)).toBe(false);
    expect(handed(4)).toBe(false);
  });

  test('only the holder releases', () => {
    expect(verdict(lock, at(0, 1, acquire('a'), 1), at(2, 3, release('b'), false))).toBe(true);
    expect(verdict(lock, at(0, 1, acquire('a'), 1), at(2, 3, release('b'), true))).toBe(false);
    const outdated = { op: 'release', session: 'a', token: 1 } as const;
    expect(verdict(lock, at(0, 1, acquire('a'), 2), at(2, 3, outdated, true))).toBe(false);
  });

  test('the death of a session frees its lock, at some time, and ends it', () => {
    const died = [at(0, 1, acquire('a'), 1), lost(2, expire('a'))];
    expect(verdict(lock, ...died, at(5, 6, acquire('b'), 2))).toBe(true);
    expect(verdict(lock, ...died, at(5, 6, attempt('b'), null))).toBe(true);
    expect(verdict(lock, lost(7, expire('a')), at(0, 1, acquire('a'), 1), at(5, 6, acquire('b'), 2))).toBe(
      false,
    );
    expect(verdict(lock, ...died, at(5, 6, acquire('b'), 2), at(7, 8, release('a'), true))).toBe(false);
    expect(verdict(lock, at(0, 1, expire('a'), null), at(2, 3, acquire('a'), 1))).toBe(false);
  });

  test('an acquire of unknown outcome may hold the lock, with a token of its own', () => {
    const unsure = lost(0, acquire('a'));
    expect(verdict(lock, unsure, at(1, 2, attempt('b'), null))).toBe(true);
    expect(verdict(lock, unsure, at(1, 2, attempt('b'), 1))).toBe(true);
    const after = [unsure, at(1, 2, attempt('b'), null), at(3, 4, expire('a'), null)];
    expect(verdict(lock, ...after, at(5, 6, acquire('c'), 2))).toBe(true);
    expect(verdict(lock, ...after, at(5, 6, acquire('c'), 1))).toBe(false);
  });
});

describe('account', () => {
  const account = accountModel();
  const deposit = { op: 'deposit', amount: 5 } as const;
  const withdraw = { op: 'withdraw', amount: 5 } as const;
  const refused = { error: 'insufficient' };

  test('money is spent once', () => {
    expect(verdict(account, at(0, 1, deposit, 5), at(2, 9, withdraw, 0), at(3, 8, withdraw, refused))).toBe(
      true,
    );
    expect(verdict(account, at(0, 1, deposit, 5), at(2, 9, withdraw, 0), at(3, 8, withdraw, 0))).toBe(false);
  });

  test('a refusal needs a reason', () => {
    expect(verdict(account, at(0, 9, deposit, 5), at(1, 8, withdraw, refused))).toBe(true);
    expect(verdict(account, at(0, 3, deposit, 5), at(4, 8, withdraw, refused))).toBe(false);
  });

  test('a withdrawal of unknown outcome was refused, or not', () => {
    const unsure = [at(0, 1, deposit, 5), lost(2, withdraw)];
    expect(verdict(account, ...unsure, at(3, 4, { op: 'balance' }, 0))).toBe(true);
    expect(verdict(account, ...unsure, at(3, 4, { op: 'balance' }, 5))).toBe(true);
    expect(verdict(account, ...unsure, at(3, 4, { op: 'balance' }, -5))).toBe(false);
  });
});

describe('list', () => {
  const append = (value: Json) => ({ op: 'append', value }) as const;
  const read = { op: 'read' } as const;

  test('readers agree on one order', () => {
    const list = listModel();
    const both = [at(0, 9, append('a'), 2), at(1, 8, append('b'), 1)];
    expect(verdict(list, ...both, at(10, 11, read, ['b', 'a']))).toBe(true);
    expect(verdict(list, ...both, at(10, 11, read, ['a', 'b']))).toBe(false);
    expect(verdict(list, ...both, at(2, 3, read, ['b']), at(10, 11, { op: 'get', index: 1 }, 'a'))).toBe(
      true,
    );
  });

  test('an append of unknown outcome shows or not, but stays once seen', () => {
    const unsure = lost(0, append('a'));
    expect(verdict(listModel(), unsure, at(1, 2, read, []), at(3, 4, read, ['a']))).toBe(true);
    expect(verdict(listModel(), unsure, at(1, 2, read, ['a']), at(3, 4, { op: 'size' }, 0))).toBe(false);
  });
});

describe('a verdict', () => {
  test('of no explains itself', () => {
    const found = check(counterModel(), [
      { client: 'ann', call: 1000, return: 1010, input: increment, output: 1 },
      { client: 'bob', call: 1020, return: 1030, input: tally, output: 0 },
      { client: 'cyd', call: 1035, return: undefined, input: { op: 'reset' } },
    ]);
    expect(found).toMatchObject({ linearizable: false, part: '', stuck: { client: 'bob' } });
    expect(found).toHaveProperty(
      'explanation',
      [
        'counter: no order explains what the clients saw. The longest one places 1 operations, of 2 that returned:',
        '  [ann] {"op":"increment","by":1} -> 1  (0..10)',
        'which leads to the state 1. Before anything called later, there had to be',
        '  [bob] {"op":"tally"} -> 0  (20..30); now: 1',
      ].join('\n'),
    );
  });

  test('of yes gives an order', () => {
    const first = at(1, 9, increment, 1);
    const second = at(0, 10, increment, 2);
    expect(check(counterModel(), [second, first])).toMatchObject({
      linearizable: true,
      orders: new Map([['', [first, second]]]),
    });
  });

  test('is neither yes nor no when time or memory end', () => {
    // Blind writes and a read of what nobody wrote: all orders have to be tried.
    const history = [
      ...Array.from({ length: 11 }, (_, value) =>
        at(value, 100 + value, { op: 'set', value } as const, null),
      ),
      at(200, 201, { op: 'get' } as const, 'nothing'),
    ];
    const register = registerModel();
    expect(check(register, history, { maxStates: 100 })).toMatchObject({
      linearizable: 'unknown',
      reason: '12 operations were not decided within 100 states',
    });
    let clock = 0;
    const timed = check(register, history, { timeoutMs: 10, now: () => clock++ * 6 });
    expect(timed).toMatchObject({ linearizable: 'unknown', reason: expect.stringContaining('10 ms') });
    expect(check(register, history).linearizable).toBe(false);
  });

  test('of no is found although another part is undecided', () => {
    const map = mapModel();
    const big = Array.from({ length: 11 }, (_, value) =>
      at(value, 100 + value, { op: 'set', key: 'big', value } as const, null),
    );
    const wrong = { op: 'get', key: 'big' } as const;
    const undecided = [...big, at(200, 201, wrong, 'nothing')];
    const fault = Array.from({ length: 20 }, (_, index) =>
      at(300 + 2 * index, 301 + 2 * index, { op: 'get', key: 'bad' } as const, index < 19 ? null : 1),
    );
    expect(check(map, undecided, { maxStates: 100 }).linearizable).toBe('unknown');
    expect(check(map, [...undecided, ...fault], { maxStates: 100 })).toMatchObject({ part: 'bad' });
  });
});
