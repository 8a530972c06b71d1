/** D2–D4: no answer leaves before what it has seen is committed, and only from who owns the slot in this epoch. */
import { describe, expect, test } from 'vitest';
import { Refusal } from '../../src/engine/refusal.ts';
import { codesOf, SKIP } from '../../src/objects/catalog.ts';
import { Owner } from './replicas.ts';

const COUNTER = codesOf('counter');
const SEMAPHORE = codesOf('semaphore');
const QUEUE = codesOf('queue');

function setUp() {
  const owner = new Owner();
  const counter = owner.target('counter', 'hits');
  return { owner, counter, session: owner.session('a'), other: owner.session('b') };
}

describe('D2: until the log says that it is committed', () => {
  test('the answer to a write does not leave, nor does that of a read that has seen it', () => {
    const { owner, counter, session, other } = setUp();
    const write = owner.ask(session, counter, COUNTER.add, [1]);
    const read = owner.ask(other, counter, COUNTER.tally, [], { isRead: true });
    expect(owner.answers).toEqual([]);
    owner.log(counter.slot).commit();
    expect(owner.answers).toEqual([
      { callId: write.callId, reply: 1 },
      { callId: read.callId, reply: 1 },
    ]);
  });

  test('refusals stay too, for they tell what was seen', () => {
    const { owner, counter, session } = setUp();
    owner.ask(session, counter, COUNTER.add, ['no number']);
    expect(owner.answers).toEqual([]);
    owner.log(counter.slot).commit();
    expect(owner.answers).toMatchObject([{ reply: { code: 'bad-argument' } }]);
  });

  test('answers leave in the order of their entries, each with its own', () => {
    const { owner, counter, session } = setUp();
    const log = (): ReturnType<Owner['log']> => owner.log(counter.slot);
    const calls = [1, 1, 1].map((n) => owner.ask(session, counter, COUNTER.add, [n]).callId);
    // The first entry makes the counter.
    log().commit(1);
    expect(owner.answers).toEqual([]);
    log().commit(3);
    expect(owner.answers.map(({ callId }) => callId)).toEqual(calls.slice(0, 2));
    log().commit(4);
    expect(owner.answers.map(({ reply }) => reply)).toEqual([1, 2, 3]);
  });

  test('who waited is not told that another has let it in', () => {
    const { owner, session, other } = setUp();
    const semaphore = owner.target('semaphore', 's', [0, false]);
    const waits = owner.ask(session, semaphore, SEMAPHORE.acquire, [1]);
    owner.log(semaphore.slot).commit();
    const gives = owner.ask(other, semaphore, SEMAPHORE.release, [1]);
    expect(owner.answers).toEqual([]);
    owner.log(semaphore.slot).commit();
    expect(owner.answers.map(({ callId }) => callId).sort()).toEqual([waits.callId, gives.callId]);
  });

  test('a timeout stays as well', () => {
    const { owner, session } = setUp();
    const queue = owner.target('queue', 'q');
    owner.ask(session, queue, QUEUE.take, [], { timeoutMs: 50 });
    owner.log(queue.slot).commit();
    owner.clock.pass(50);
    expect(owner.answers).toEqual([]);
    owner.log(queue.slot).commit();
    expect(owner.answers).toMatchObject([{ reply: { code: 'timeout' } }]);
  });
});

describe('D4: a member that may not answer', () => {
  test('says nothing, whether it loses that before the commit or after', () => {
    const { owner, counter, session } = setUp();
    owner.ask(session, counter, COUNTER.add, [1]);
    const log = owner.log(counter.slot);
    log.owns = false;
    log.commit();
    owner.ask(session, counter, COUNTER.tally, [], { isRead: true });
    expect(owner.answers).toEqual([]);
  });

  test('refuses requests of another epoch, older or newer', () => {
    const { owner, counter, session } = setUp();
    owner.ask(session, counter, COUNTER.add, [1]);
    const log = owner.log(counter.slot);
    log.commit();
    log.epoch = 5;
    for (const epoch of [4, 6]) owner.ask(session, counter, COUNTER.add, [1], { epoch, sequence: 2 });
    expect(owner.answers.slice(1)).toMatchObject([
      { reply: { code: 'stale-epoch' } },
      { reply: { code: 'stale-epoch' } },
    ]);
    // Nothing of them was done, and their number is still free.
    const { callId } = owner.ask(session, counter, COUNTER.add, [1], { epoch: 5, sequence: 2 });
    log.commit();
    expect(owner.repliesTo(callId)).toEqual([2]);
  });
});

describe('D3: an operation that comes again', () => {
  test('gets the first answer, and is not done again', () => {
    const { owner, counter, session } = setUp();
    owner.ask(session, counter, COUNTER.add, [1]);
    owner.ask(session, counter, COUNTER.add, [1]);
    owner.log(counter.slot).commit();
    const again = owner.ask(session, counter, COUNTER.add, [1], { sequence: 1 });
    expect(owner.repliesTo(again.callId)).toEqual([1]);
    expect(owner.log(counter.slot).last).toBe(3);
  });

  test('before its answer is committed waits for that', () => {
    const { owner, counter, session } = setUp();
    owner.ask(session, counter, COUNTER.add, [1]);
    const again = owner.ask(session, counter, COUNTER.add, [1], { sequence: 1 });
    expect(owner.repliesTo(again.callId)).toEqual([]);
    owner.log(counter.slot).commit();
    expect(owner.repliesTo(again.callId)).toEqual([1]);
  });

  test('while it waits goes on waiting, and the answer goes where it was asked last', () => {
    const { owner, session, other } = setUp();
    const semaphore = owner.target('semaphore', 's', [0, false]);
    const first = owner.ask(session, semaphore, SEMAPHORE.acquire, [1]);
    const again = owner.ask(session, semaphore, SEMAPHORE.acquire, [1], { sequence: first.sequence });
    owner.ask(other, semaphore, SEMAPHORE.release, [2]);
    owner.log(semaphore.slot).commit();
    expect(owner.repliesTo(first.callId)).toEqual([]);
    expect(owner.repliesTo(again.callId)).toEqual([true]);
    owner.ask(other, semaphore, SEMAPHORE.available, [], { isRead: true });
    expect(owner.answers.at(-1)?.reply).toBe(1);
  });

  test('after it was acknowledged is refused, not done', () => {
    const { owner, counter, session } = setUp();
    owner.ask(session, counter, COUNTER.add, [1]);
    owner.ask(session, counter, COUNTER.add, [1], { acked: 1 });
    const again = owner.ask(session, counter, COUNTER.add, [1], { sequence: 1 });
    const read = owner.ask(session, counter, COUNTER.tally, [], { isRead: true });
    owner.log(counter.slot).commit();
    expect(owner.repliesTo(again.callId)).toMatchObject([{ code: 'protocol' }]);
    expect(owner.repliesTo(read.callId)).toEqual([2]);
  });

  test('too early waits for those before it, whatever the order in which they come', () => {
    const { owner, counter, session } = setUp();
    const calls = [3, 5, 2, 4, 1].map((sequence) =>
      owner.ask(session, counter, COUNTER.add, [10 ** sequence], { sequence }),
    );
    owner.log(counter.slot).commit();
    const sums = calls
      .sort((a, b) => a.sequence - b.sequence)
      .map(({ callId }) => owner.repliesTo(callId)[0]);
    expect(sums).toEqual([10, 110, 1110, 11_110, 111_110]);
  });

  test('in a session that ends is answered, also if it came too early', () => {
    const { owner, counter, session } = setUp();
    const early = owner.ask(session, counter, COUNTER.add, [1], { sequence: 2 });
    owner.engine.sessions.end(session);
    const replies = owner.repliesTo(early.callId);
    expect(replies[0]).toBeInstanceOf(Refusal);
    expect(replies).toMatchObject([{ code: 'session-lost' }]);
  });
});

describe('a number that its client has given up', () => {
  test('is taken, so that those after it go on, and no object is made for it', () => {
    const { owner, counter, session } = setUp();
    const next = owner.ask(session, counter, COUNTER.add, [5], { sequence: 2 });
    const elsewhere = { ...owner.target('counter', 'never'), slot: counter.slot };
    owner.ask(session, elsewhere, SKIP, [], { sequence: 1 });
    owner.log(counter.slot).commit();
    expect(owner.repliesTo(next.callId)).toEqual([5]);
    expect(owner.engine.stats().objects).toBe(1);
  });

  test('keeps the answer of what was done', () => {
    const { owner, counter, session } = setUp();
    owner.ask(session, counter, COUNTER.add, [5]);
    const skip = owner.ask(session, counter, SKIP, [], { sequence: 1 });
    owner.log(counter.slot).commit();
    expect(owner.repliesTo(skip.callId)).toEqual([5]);
  });
});

test('an object that nobody has made is not there after a look at it', () => {
  const { owner, session } = setUp();
  const handle = { ...owner.target('counter', 'far'), mode: 'await' as const };
  owner.ask(session, handle, COUNTER.tally, [], { isRead: true });
  const lost = { ...owner.target('counter', 'lost'), seenIn: 'another life' };
  owner.ask(session, lost, COUNTER.add, [1]);
  owner.log(lost.slot).commit();
  expect(owner.answers).toMatchObject([{ reply: { code: 'not-made' } }, { reply: { code: 'object-lost' } }]);
  expect(owner.engine.stats().objects).toBe(0);
});
