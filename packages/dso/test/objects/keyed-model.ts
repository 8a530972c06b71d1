/** What a map and a tree map have in common: random operations, and what they do to plain pairs. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { ObjectType } from '../../src/engine/object-type.ts';
import { type MergeOperator, mergeValues } from '../../src/objects/merge.ts';
import { sameValue, type Value } from '../../src/value/value.ts';
import { answerOf, refusalOf } from './answers.ts';
import { FakeTasks } from './fake-tasks.ts';
import { type Asked, Member } from './member.ts';
import { bytesOf, move } from './values.ts';

export type Step = readonly [operation: string, ...args: Value[]];
export type Pair = readonly [key: Value, value: Value];

export const CODE: Value = ['combine', 'hash', Uint8Array.of(1)];
const ERROR = Uint8Array.of(9, 9);

/** Operations on the keys given. Of those with code, the first argument is what it gives, or 'THROW'. */
export function steps(key: fc.Arbitrary<Value>, value: fc.Arbitrary<Value>): fc.Arbitrary<Step> {
  const next = fc.option(value, { nil: undefined });
  const result = fc.oneof(next, fc.constant('THROW'));
  const pairs = fc.array(fc.tuple(key, value), { maxLength: 4 });
  const number = fc.integer({ min: -3, max: 3 });
  return fc.oneof(
    fc.tuple(fc.constantFrom('size', 'MOVE')),
    fc.tuple(fc.constantFrom('get', 'has', 'delete', 'getAndDelete'), key),
    fc.tuple(fc.constantFrom('set', 'setIfAbsent', 'getAndSet'), key, value),
    fc.tuple(fc.constant('compareAndSet'), key, next, next),
    fc.tuple(
      fc.constant('merge'),
      key,
      number,
      fc.constantFrom('sum', 'min', 'max', 'prod', 'first', 'last'),
    ),
    fc.array(key, { maxLength: 4 }).map((keys): Step => ['getMany', ...keys]),
    pairs.map((entries): Step => ['setMany', ...entries.flat()]),
    pairs.map((entries): Step => ['mergeAll', 'last', ...entries.flat()]),
    fc
      .array(fc.tuple(key, number), { maxLength: 4 })
      .map((entries): Step => ['mergeAll', 'sum', ...entries.flat()]),
    fc.tuple(fc.constant('COMPUTE'), result, key),
    fc.tuple(fc.constant('MERGE'), result, key, value),
    fc.tuple(result, pairs).map(([given, entries]): Step => ['MERGE-ALL', given, ...entries.flat()]),
    { arbitrary: fc.constant<Step>(['clear']), weight: 1 },
  );
}

/** Pairs in the order in which they came. */
export class Model {
  pairs: Pair[] = [];

  get(key: Value): Value {
    return this.pairs.find(([other]) => sameValue(key, other))?.[1];
  }

  put(key: Value, value: Value): void {
    const at = this.pairs.findIndex(([other]) => sameValue(key, other));
    if (value === undefined) this.pairs = this.pairs.filter((_, i) => i !== at);
    else if (at === -1) this.pairs.push([key === 0 ? 0 : key, value]);
    else this.pairs[at] = [this.pairs[at]![0], value];
  }

  /** `REFUSED` where nothing may happen. */
  apply([operation, first, second, third, ...rest]: Step): Value | 'REFUSED' {
    const before = this.get(first);
    const all = [first, second, third, ...rest];
    switch (operation) {
      case 'size':
        return this.pairs.length;
      case 'get':
        return before;
      case 'has':
        return before !== undefined;
      case 'getMany':
        return all.map((key) => this.get(key));
      case 'delete':
      case 'getAndDelete':
        this.put(first, undefined);
        return operation === 'delete' ? before !== undefined : before;
      case 'setIfAbsent':
        if (before === undefined) this.put(first, second);
        return before === undefined;
      case 'set':
      case 'getAndSet':
        this.put(first, second);
        return operation === 'set' ? undefined : before;
      case 'compareAndSet':
        if (!sameValue(before, second)) return false;
        this.put(first, third);
        return true;
      case 'merge':
        return this.#merge(third, [[first, second]]) ?? this.get(first);
      case 'clear':
        this.pairs = [];
        return undefined;
      default:
        throw new Error(operation);
    }
  }

  mergeAll(how: Value, pairs: readonly Pair[]): Value | 'REFUSED' {
    return this.#merge(how, pairs);
  }

  #merge(how: Value, pairs: readonly Pair[]): 'REFUSED' | undefined {
    const kept = [...this.pairs];
    for (const [key, value] of pairs) {
      const before = this.get(key);
      try {
        this.put(key, before === undefined ? value : mergeValues(how as MergeOperator, before, value));
      } catch {
        this.pairs = kept;
        return 'REFUSED';
      }
    }
    return undefined;
  }
}

export function pairsOf(flat: readonly Value[]): Pair[] {
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]);
}

/** Plays operations to an object and to the model; then everything is removed, and nothing may be left. */
export async function play(
  type: ObjectType,
  steps: readonly Step[],
  everything: (ask: (operation: string, args: readonly Value[]) => Value, model: Model) => void,
): Promise<void> {
  const tasks = new FakeTasks();
  const member = new Member({ types: [type], tasks });
  const session = member.session('a');
  const target = member.object(type.name, 'm');
  const model = new Model();
  const ask = (operation: string, args: readonly Value[] = []): Value =>
    member.do(session, target, operation, args);
  ask('size');
  const base = bytesOf(member, target);

  for (const step of steps) {
    const [operation, given, ...args] = step;
    if (operation === 'MOVE') move(target);
    else if (operation === 'mergeAll')
      check(member.ask(session, target, 'mergeAll', [given, ...args]), model.mergeAll(given, pairsOf(args)));
    else if (operation === 'COMPUTE') {
      const asked = member.ask(session, target, 'compute', [args[0], CODE, 'more']);
      expect(tasks.next('each').calls).toEqual([[model.get(args[0]), 'more']]);
      await finish(tasks, given, 1);
      if (given !== 'THROW') model.put(args[0], given);
      check(asked, given === 'THROW' ? 'REFUSED' : given);
    } else if (operation === 'MERGE') {
      const before = model.get(args[0]);
      const asked = member.ask(session, target, 'merge', [args[0], args[1], CODE]);
      if (before !== undefined) {
        expect(tasks.next('each').calls).toEqual([[before, args[1]]]);
        await finish(tasks, given, 1);
      }
      const result = before === undefined ? args[1] : given;
      if (result !== 'THROW') model.put(args[0], result);
      check(asked, result === 'THROW' ? 'REFUSED' : result);
    } else if (operation === 'MERGE-ALL') {
      const pairs = pairsOf(args);
      const asked = member.ask(session, target, 'mergeAll', [CODE, ...args]);
      if (pairs.some(([key], i) => pairs.slice(0, i).some(([other]) => sameValue(key, other)))) {
        expect(refusalOf(asked).message).toMatch(/takes each key once/);
        continue;
      }
      const there = pairs.filter(([key]) => model.get(key) !== undefined);
      if (there.length > 0) {
        expect(tasks.next('each').calls).toEqual(there.map(([key, value]) => [model.get(key), value]));
        await finish(tasks, given, there.length);
      }
      const threw = there.length > 0 && given === 'THROW';
      if (!threw)
        for (const [key, value] of pairs) model.put(key, model.get(key) === undefined ? value : given);
      check(asked, threw ? 'REFUSED' : undefined);
    } else check(member.ask(session, target, operation, step.slice(1)), applied(model, step));
    expect(tasks.begun).toEqual([]);
  }
  everything(ask, model);
  for (const [key] of model.pairs) expect(ask('delete', [key])).toBe(true);
  expect(ask('size')).toBe(0);
  expect(bytesOf(member, target)).toBe(base);
}

function applied(model: Model, step: Step): Value | 'REFUSED' {
  const [operation, ...args] = step;
  if (operation === 'getMany') return args.map((key) => model.get(key));
  if (operation !== 'setMany') return model.apply(step);
  for (const [key, value] of pairsOf(args)) model.put(key, value);
  return undefined;
}

function check(asked: Asked, expected: Value | 'REFUSED'): void {
  if (expected !== 'REFUSED') expect(answerOf(asked)).toEqual(expected);
  else expect(['bad-argument', 'user-code-failed']).toContain(refusalOf(asked).code);
}

async function finish(tasks: FakeTasks, given: Value, calls: number): Promise<void> {
  await tasks.finish(
    given === 'THROW'
      ? { kind: 'threw', error: ERROR }
      : { kind: 'done', results: new Array(calls).fill(given) },
  );
}
