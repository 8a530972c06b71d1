import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { map } from '../../src/objects/map.ts';
import type { Value } from '../../src/value/value.ts';
import { answerOf, expectRefusal, isWaiting, refusalOf } from './answers.ts';
import { FakeTasks } from './fake-tasks.ts';
import { CODE, pairsOf, play, steps } from './keyed-model.ts';
import { Member } from './member.ts';
import { move, someValue } from './values.ts';

type Page = [next: number | undefined, until: number, items: Value[]];

const open = (tasks = new FakeTasks(), options = {}) => {
  const member = new Member({ types: [map], tasks, ...options });
  const [session, other] = [member.session('a'), member.session('b')];
  const target = member.object('map', 'm');
  const ask = (operation: string, ...args: Value[]): Value => member.do(session, target, operation, args);
  return { member, session, other, target, tasks, ask };
};

describe('a map', () => {
  test('does what a Map does, with the pairs in the order in which they came, also after it has moved', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps(someValue, someValue), { maxLength: 50 }), (some) =>
        play(map, some, (ask, model) => {
          const [next, , items] = ask('page', [0, undefined, 1000]) as Page;
          expect(next).toBeUndefined();
          expect(pairsOf(items)).toEqual(model.pairs);
        }),
      ),
      { numRuns: 300 },
    );
  });

  test('has keys of any kind, and tells them apart', () => {
    const { ask } = open();
    const keys: Value[] = [1, '1', 1n, true, 'true', null, 'null', undefined, '\0p', ['a', 'b'], Number.NaN];
    for (const [i, key] of keys.entries()) ask('set', key, i);
    expect(ask('getMany', ...keys)).toEqual(keys.map((_, i) => i));
    expect(ask('size')).toBe(keys.length);
  });

  test('holds no undefined, which says that there is no entry', () => {
    const { ask } = open();
    for (const operation of ['set', 'setIfAbsent', 'getAndSet', 'setMany', 'merge'])
      expectRefusal(() => ask(operation, 'k', undefined), 'bad-argument', /does not hold undefined/);
    expectRefusal(() => ask('setMany', 'k', 1, 'l'), 'bad-argument', /in turns, but there are 3/);
    expect(ask('compareAndSet', 'k', undefined, 1)).toBe(true);
    expect(ask('compareAndSet', 'k', undefined, 2)).toBe(false);
    expect(ask('compareAndSet', 'k', 1, undefined)).toBe(true);
    expect(ask('has', 'k')).toBe(false);
  });

  test('merges all or nothing', () => {
    const { ask } = open();
    ask('setMany', 'a', 1, 'b', 'text');
    expectRefusal(
      () => ask('mergeAll', 'sum', 'a', 5, 'c', 1, 'b', 1),
      'bad-argument',
      /'sum' takes two numbers/,
    );
    expectRefusal(() => ask('mergeAll', 'average', 'a', 5), 'bad-argument', /one of 'sum', 'min'/);
    expect(ask('getMany', 'a', 'b', 'c')).toEqual([1, 'text', undefined]);
    ask('mergeAll', 'sum', 'a', 5, 'c', 1, 'c', 2);
    expect(ask('getMany', 'a', 'b', 'c')).toEqual([6, 'text', 3]);
  });

  test('takes a new value for an old one also when it is full', () => {
    const { ask } = open(new FakeTasks(), { maxObjectBytes: 2000 });
    let i = 0;
    const full = (): boolean => {
      try {
        ask('set', `key ${i++}`, 'x'.repeat(50));
        return false;
      } catch {
        return true;
      }
    };
    while (!full());
    ask('set', 'key 0', 'y'.repeat(50));
    expect(ask('get', 'key 0')).toBe('y'.repeat(50));
    expectRefusal(() => ask('set', 'key 0', 'y'.repeat(900)), 'too-large', /over the limit/);
  });
});

describe('user code of a map', () => {
  test('runs while reads go on and writes wait their turn', async () => {
    const { member, session, other, target, tasks, ask } = open();
    ask('set', 'k', 1);
    const computed = member.ask(session, target, 'compute', ['k', CODE, 10]);
    const written = member.ask(other, target, 'set', ['k', 5]);
    const again = member.ask(other, target, 'compute', ['k', CODE]);
    expect(tasks.next('each')).toMatchObject({ code: { name: 'combine', hash: 'hash' }, calls: [[1, 10]] });
    expect(ask('get', 'k')).toBe(1);
    expect([computed, written, again].every(isWaiting)).toBe(true);

    await tasks.finish({ kind: 'done', results: [11] });
    expect(answerOf(computed)).toBe(11);
    expect(answerOf(written)).toBeUndefined();
    expect(tasks.next('each').calls).toEqual([[5]]);
    expect(isWaiting(again)).toBe(true);
    await tasks.finish({ kind: 'done', results: [undefined] });
    expect(answerOf(again)).toBeUndefined();
    expect(ask('has', 'k')).toBe(false);
  });

  test('that throws or fails leaves the map as it was, and says why', async () => {
    const { member, session, target, tasks, ask } = open();
    ask('setMany', 'a', 1, 'b', 2);
    const args = [CODE, 'a', 10, 'new', 10, 'b', 10];
    const threw = member.ask(session, target, 'mergeAll', args);
    await tasks.finish({ kind: 'threw', error: Uint8Array.of(1, 2, 3) });
    expect(refusalOf(threw)).toMatchObject({ code: 'user-code-failed', details: Uint8Array.of(1, 2, 3) });
    const failed = member.ask(session, target, 'mergeAll', args);
    await tasks.finish({ kind: 'failed', code: 'time-limit', message: 'it ran too long' });
    expect(refusalOf(failed)).toMatchObject({
      code: 'user-code-failed',
      message: 'it ran too long',
      details: 'time-limit',
    });
    const short = member.ask(session, target, 'mergeAll', args);
    await tasks.finish({ kind: 'done', results: [1] });
    expect(refusalOf(short).message).toBe('2 calls gave 1 results');
    expect(ask('getMany', 'a', 'new', 'b')).toEqual([1, undefined, 2]);
  });

  test('has no effect when its caller has timed out, given up or died', async () => {
    const { member, session, other, target, tasks, ask } = open();
    ask('set', 'k', 1);
    const late = member.ask(session, target, 'compute', ['k', CODE], { timeoutMs: 100 });
    member.clock.pass(100);
    expect(refusalOf(late).code).toBe('timeout');
    await tasks.finish({ kind: 'done', results: [2] });
    const cancelled = member.ask(session, target, 'merge', ['k', 5, CODE]);
    member.cancel(session, target, cancelled);
    await tasks.finish({ kind: 'done', results: [3] });
    member.ask(other, target, 'mergeAll', [CODE, 'k', 5]);
    member.end(other);
    await tasks.finish({ kind: 'done', results: [4] });
    expect(ask('get', 'k')).toBe(1);
  });

  test('is refused where it is no reference to code', () => {
    const { ask } = open();
    ask('set', 'k', 1);
    for (const code of [undefined, 5, [], ['name', 'hash'], [1], ['name', 'hash', 'text']])
      expectRefusal(() => ask('compute', 'k', code), 'bad-argument', /the function.* must be/);
    expectRefusal(() => ask('merge', 'k', 1, ['name', 5, 5]), 'bad-argument', /hash must be a string/);
    expectRefusal(() => ask('mergeAll', [5], 'k', 1), 'bad-argument', /name must be a string/);
  });
});

describe('an iteration of a map', () => {
  test('sees what is there all the time exactly once, and ends with what was there at its beginning', () => {
    const key = fc.integer({ min: 0, max: 30 });
    const change = fc.tuple(fc.constantFrom('set', 'delete', 'MOVE', 'clear'), key);
    fc.assert(
      fc.property(
        fc.uniqueArray(key),
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.array(change, { maxLength: 4 }), { maxLength: 8 }),
        (keys, limit, changes) => {
          const { ask, target } = open();
          for (const one of keys) ask('set', one, one);
          const always = new Set<Value>(keys);
          const seen: Value[] = [];
          const added = new Set<Value>();
          let next: number | undefined = 0;
          let until: number | undefined;
          for (let i = 0; next !== undefined; i++) {
            const page = ask('page', next, until, limit, 'keys') as Page;
            expect(page[2].length).toBeLessThanOrEqual(limit);
            seen.push(...page[2]);
            [next, until] = page;
            for (const [operation, one] of changes[i] ?? []) {
              if (operation === 'MOVE') move(target);
              else if (operation === 'clear') {
                ask('clear');
                always.clear();
              } else if (operation === 'delete') {
                ask('delete', one);
                always.delete(one);
              } else {
                if (ask('has', one) === false) added.add(one);
                ask('set', one, one);
              }
            }
          }
          for (const one of always) expect(seen.filter((other) => other === one)).toEqual([one]);
          expect(seen.length).toBe(new Set(seen).size);
          for (const one of added) if (!keys.includes(one as number)) expect(seen).not.toContain(one);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('comes by pages of about a mebibyte when values are large, and of keys alone when asked', () => {
    const { ask } = open();
    for (let i = 0; i < 10; i++) ask('set', i, new Uint8Array(300_000));
    const [next, until, items] = ask('page', 0, undefined, 1000) as Page;
    expect([next, until, items.length]).toEqual([4, 10, 8]);
    expect(ask('page', 0, undefined, 1000, 'keys')).toEqual([undefined, 10, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]);
    const [, , values] = ask('page', 8, 10, 1000, 'values') as Page;
    expect(values.map((value) => (value as Uint8Array).length)).toEqual([300_000, 300_000]);
    expectRefusal(() => ask('page', 0, undefined, 0), 'bad-argument', /the limit of a page/);
    expectRefusal(() => ask('page', 0, undefined, 5, 'all'), 'bad-argument', /what a page has/);
    expectRefusal(() => ask('page', -1, undefined, 5), 'bad-argument', /where the page begins/);
  });
});
