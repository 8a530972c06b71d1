import { describe, expect, test } from 'vitest';
import { Refusal } from '../../src/engine/refusal.ts';
import { userClass } from '../../src/objects/user-class.ts';
import { Packed, type Value } from '../../src/value/value.ts';
import { answerOf, expectRefusal, isWaiting, refusalOf } from './answers.ts';
import { FakeTasks } from './fake-tasks.ts';
import { type Asked, Member } from './member.ts';

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);
const ARGS = bytes(1);

function setUp() {
  const tasks = new FakeTasks();
  const member = new Member({ types: [userClass], tasks });
  const target = (hash = 'h1', args: Uint8Array = ARGS) =>
    member.object('class:Cart', 'x', [['Cart', hash, bytes()], args, ['extra'], 'Cart']);
  const object = target();
  const session = member.session('a');
  return {
    member,
    tasks,
    target,
    object,
    session,
    invoke: (method = 'add', options: { readonly timeoutMs?: number } = {}): Asked =>
      member.ask(session, object, 'invoke', [method, bytes(2)], options),
    made: (state: Uint8Array = bytes(10)) => tasks.finish({ kind: 'done', state, results: [undefined] }),
  };
}

describe('construction', () => {
  test('the first use constructs it; operations wait their turn until then', async () => {
    const { tasks, invoke, made } = setUp();
    const asked = invoke();
    expect(tasks.next('construct')).toMatchObject({ code: { hash: 'h1' }, args: ARGS, codes: ['extra'] });
    expect(tasks.begun).toHaveLength(1);
    await made();
    expect(tasks.next('invoke')).toMatchObject({
      version: 1,
      state: bytes(10),
      method: 'add',
      args: bytes(2),
    });
    const result = new Packed(bytes(5));
    await tasks.finish({ kind: 'done', state: bytes(11), results: [result] });
    expect(answerOf(asked)).toBe(result);
  });

  test.each([
    [{ kind: 'threw', error: bytes(9) }, bytes(9)],
    [{ kind: 'failed', code: 'crashed', message: 'it crashed' }, 'crashed'],
  ] as const)(
    'when it does not succeed there is no object, and all who wait are told: %o',
    async (outcome, details) => {
      const { member, tasks, invoke } = setUp();
      const asked = [invoke(), invoke()];
      await tasks.finish(outcome);
      for (const one of asked) expect(refusalOf(one)).toMatchObject({ code: 'user-code-failed', details });
      expect(member.engine.stats()).toMatchObject({ objects: 0, bytes: 0, waiting: 0 });
      expect(tasks.forgotten).toHaveLength(1);
      // The next use tries again.
      invoke();
      expect(tasks.next('construct').args).toEqual(ARGS);
    },
  );

  test('it may be begun without a wait until the constructor has run', async () => {
    const { member, tasks, object, session, invoke, made } = setUp();
    expect(member.do(session, object, 'begin')).toBe(undefined);
    expect(tasks.next('construct').args).toEqual(ARGS);
    invoke();
    await made();
    expect(tasks.next('invoke').method).toBe('add');
  });

  test('who waits for an object that another is to make leaves nothing when its session ends', () => {
    const { member, object, session } = setUp();
    const asked = member.ask(session, { ...object, config: [], mode: 'await' }, 'invoke', ['add', bytes()]);
    expect(isWaiting(asked)).toBe(true);
    member.end(session);
    expect(refusalOf(asked).code).toBe('session-lost');
    expect(member.engine.stats()).toMatchObject({ objects: 0, waiting: 0 });
  });

  test('a delete while it runs ends it', async () => {
    const { member, tasks, invoke, object, session, made } = setUp();
    const asked = invoke();
    expect(member.do(session, object, 'DELETE')).toBe(true);
    expect(refusalOf(asked).code).toBe('object-deleted');
    await made();
    expect(member.engine.stats().objects).toBe(0);
    expect(tasks.begun).toHaveLength(0);
  });
});

describe('methods', () => {
  test('run one at a time, each with the state of the one before', async () => {
    const { tasks, invoke, made } = setUp();
    const asked = [invoke('one'), invoke('two'), invoke('three')];
    await made();
    for (const [i, method] of ['one', 'two', 'three'].entries()) {
      expect(tasks.begun).toHaveLength(1);
      expect(tasks.next('invoke')).toMatchObject({ method, version: 1 + i, state: bytes(10 + i) });
      await tasks.finish({ kind: 'done', state: bytes(11 + i), results: [i] });
      expect(answerOf(asked[i]!)).toBe(i);
    }
  });

  test('one that changes nothing leaves the version', async () => {
    const { tasks, invoke, made } = setUp();
    invoke('get');
    invoke('get');
    await made();
    await tasks.finish({ kind: 'done', results: [1] });
    expect(tasks.next('invoke').version).toBe(1);
  });

  test('U1, U2: one that throws or fails leaves the state, and the instance is read anew', async () => {
    const { tasks, invoke, made } = setUp();
    const threw = invoke();
    const failed = invoke();
    invoke();
    await made();
    await tasks.finish({ kind: 'threw', error: bytes(9) });
    expect(refusalOf(threw)).toMatchObject({
      code: 'user-code-failed',
      message: 'Cart.add() threw; the object is as it was',
      details: bytes(9),
    });
    expect(tasks.next('invoke')).toMatchObject({ state: bytes(10), version: 2 });
    await tasks.finish({ kind: 'failed', code: 'time-limit', message: 'it took too long' });
    expect(refusalOf(failed)).toMatchObject({
      code: 'user-code-failed',
      message: 'it took too long',
      details: 'time-limit',
    });
    expect(tasks.next('invoke')).toMatchObject({ state: bytes(10), version: 3 });
  });

  test('U1, U2: when its caller is gone meanwhile, nothing of it has happened', async () => {
    const { member, tasks, invoke, made } = setUp();
    const gone = invoke('add', { timeoutMs: 100 });
    invoke();
    await made();
    member.clock.pass(100);
    expect(refusalOf(gone)).toMatchObject({
      code: 'timeout',
      message: expect.stringMatching(/class:Cart "x".add/),
    });
    expect(tasks.begun).toHaveLength(1);
    await tasks.finish({ kind: 'done', state: bytes(99), results: [1] });
    expect(tasks.next('invoke')).toMatchObject({ state: bytes(10), version: 2 });
  });

  test('the state is what the object takes', async () => {
    const { member, tasks, invoke, made } = setUp();
    invoke();
    await made();
    const before = member.engine.stats().bytes;
    await tasks.finish({ kind: 'done', state: new Uint8Array(1001), results: [1] });
    expect(member.engine.stats().bytes - before).toBe(1000);
  });

  test('code that is not here is asked for before anything is done', async () => {
    const { member, tasks, session, object, invoke, made } = setUp();
    tasks.missing.set('h1', new Refusal('need-code', 'send h1', 'h1'));
    expectRefusal(() => answerOf(invoke()), 'need-code', /h1/);
    expect(member.engine.stats().objects).toBe(0);
    tasks.missing.clear();
    invoke();
    await made();
    tasks.missing.set('fn', new Refusal('need-code', 'send fn', 'fn'));
    const args: Value[] = ['map', bytes(2), ['fn']];
    expectRefusal(() => member.do(session, object, 'invoke', args), 'need-code', /fn/);
  });

  test('what is no call is refused', async () => {
    const { member, session, object, invoke, made, tasks } = setUp();
    invoke();
    await made();
    await tasks.finish({ kind: 'done', results: [1] });
    expectRefusal(() => member.do(session, object, 'invoke', [7, bytes()]), 'bad-argument', /the method/);
    expectRefusal(() => member.do(session, object, 'invoke', ['m', 7]), 'bad-argument', /the arguments/);
    expect(tasks.begun).toHaveLength(0);
  });
});

describe('the same object', () => {
  test('other arguments of the constructor do not fit', async () => {
    const { member, session, target, invoke, made } = setUp();
    invoke();
    await made();
    expectRefusal(
      () => member.do(session, target('h1', bytes(2)), 'invoke', ['add', bytes()]),
      'config-mismatch',
      /class:Cart/,
    );
  });

  test('newer code of the class is used from then on', async () => {
    const { member, session, tasks, target, invoke, made } = setUp();
    const asked = invoke();
    await made();
    member.ask(session, target('h2'), 'invoke', ['sub', bytes()]);
    // What runs goes on as it began.
    expect(tasks.next('invoke').code).toMatchObject({ hash: 'h1' });
    await tasks.finish({ kind: 'done', state: bytes(11), results: [1] });
    expect(isWaiting(asked)).toBe(false);
    expect(tasks.next('invoke')).toMatchObject({ code: { hash: 'h2' }, state: bytes(11), method: 'sub' });
  });

  test('newer code has to be here', async () => {
    const { member, session, tasks, target, invoke, made } = setUp();
    invoke();
    await made();
    tasks.missing.set('h2', new Refusal('need-code', 'send h2', 'h2'));
    expectRefusal(() => member.do(session, target('h2'), 'invoke', ['add', bytes()]), 'need-code', /h2/);
  });

  test('who uses it without saying how it is made changes nothing', async () => {
    const { member, session, tasks, invoke, made } = setUp();
    invoke();
    await made();
    member.ask(session, member.object('class:Cart', 'x'), 'invoke', ['sub', bytes()]);
    await tasks.finish({ kind: 'done', results: [1] });
    expect(tasks.next('invoke')).toMatchObject({ code: { hash: 'h1' }, version: 1 });
  });
});
