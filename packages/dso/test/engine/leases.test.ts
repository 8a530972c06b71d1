/** Leases by a clock that is moved by hand: which objects go with one, when, and that nothing else does. */
import { describe, expect, test } from 'vitest';
import type { Target } from '../../src/engine/request.ts';
import { restoreSnapshot, takeSnapshot } from '../../src/engine/snapshot.ts';
import type { Lease } from '../../src/lease.ts';
import { codesOf } from '../../src/objects/catalog.ts';
import { counter } from '../../src/objects/counter.ts';
import { lock } from '../../src/objects/lock.ts';
import { map } from '../../src/objects/map.ts';
import { queue } from '../../src/objects/queue.ts';
import { TYPES } from '../../src/objects/types.ts';
import { userClass } from '../../src/objects/user-class.ts';
import { answerOf, expectRefusal, isWaiting, refusalOf } from '../objects/answers.ts';
import { FakeTasks } from '../objects/fake-tasks.ts';
import { Member } from '../objects/member.ts';
import { contentOf, Follower, Owner } from '../replication/replicas.ts';

const TTL = 60_000;

function setUp() {
  const member = new Member({ types: [counter, lock, map, queue] });
  const session = member.session('a', 1e12);
  // Sessions are looked at four times a second, which would be all that these tests do.
  member.engine.sessions.stop();
  const { leases } = member.engine;
  const leased = (typeName: string, key: string, id = 'lease'): Target => ({
    ...member.object(typeName, key),
    lease: { id, ttlMs: TTL },
  });
  const objects = (): string[] => [...member.engine.cells()].map(({ cell }) => cell.key).sort();
  return { member, session, leases, leased, objects };
}

describe('a lease that is ended', () => {
  test('takes along what was made under it, of any type, and nothing else', async () => {
    const { member, session, leases, leased, objects } = setUp();
    member.do(session, leased('counter', 'hits'), 'add', [1]);
    member.do(session, leased('map', 'words'), 'set', ['a', 1]);
    member.do(session, leased('lock', 'till'), 'acquire');
    member.do(session, leased('queue', 'mail', 'other'), 'put', [1]);
    member.do(session, member.object('counter', 'stays'), 'add', [1]);
    const { bytes } = member.engine.stats();
    expect(member.engine.stats().leases).toBe(2);
    await leases.end('lease');
    expect(objects()).toEqual(['mail', 'stays']);
    expect(member.engine.stats().leases).toBe(1);
    await leases.end('other');
    expect(objects()).toEqual(['stays']);
    expect(member.engine.stats()).toMatchObject({ leases: 0, objects: 1 });
    expect(member.engine.stats().bytes).toBeLessThan(bytes / 3);
  });

  test('refuses those who wait, as a deletion does', async () => {
    const { member, session, leases, leased } = setUp();
    const waits = member.ask(session, leased('queue', 'mail'), 'take');
    const elsewhere = member.ask(session, member.object('queue', 'other'), 'take');
    await leases.end('lease');
    expect(refusalOf(waits)).toMatchObject({
      code: 'object-deleted',
      message: 'queue "mail" was deleted while this waited: its lease has ended',
    });
    expect(isWaiting(elsewhere)).toBe(true);
  });

  test('has nothing made under it any more: not by a write, a read, nor by waiting for a maker', async () => {
    const { member, session, leases, leased, objects } = setUp();
    const mail = leased('queue', 'mail');
    member.do(session, mail, 'put', [1]);
    await leases.end('lease');
    for (const target of [
      mail,
      leased('queue', 'new'),
      { ...leased('queue', 'far'), mode: 'await' as const },
    ]) {
      expectRefusal(() => member.do(session, target, 'put', [1]), 'lease-ended', /is gone with its lease/);
      expectRefusal(() => member.do(session, target, 'size'), 'lease-ended', /is gone with its lease/);
      // To delete it is no harm.
      member.do(session, target, 'DELETE');
    }
    expect(objects()).toEqual([]);
    // Somebody else may have the name.
    expect(member.do(session, leased('queue', 'mail', 'other'), 'size')).toBe(0);
    expect(member.do(session, mail, 'size')).toBe(0);
  });

  test('although it was unknown, is remembered: its workers may come later', async () => {
    const { member, session, leases, leased } = setUp();
    await leases.end('lease');
    expect(leases.renew('lease')).toBe(false);
    expectRefusal(() => member.do(session, leased('counter', 'hits'), 'add', [1]), 'lease-ended', /lease/);
    expect(leases.renew('other')).toBe(true);
    expect(member.engine.stats()).toMatchObject({ leases: 0, objects: 0 });
  });

  test('lets others have their turn while very many objects go', async () => {
    const { member, session, leases, leased } = setUp();
    for (let i = 0; i < 10_000; i++) member.do(session, leased('counter', `c${i}`), 'add', [1]);
    let isGone = false;
    const [gone, goneToo] = [leases.end('lease'), leases.end('lease')];
    void gone.then(() => {
      isGone = true;
    });
    const left: number[] = [];
    const others = (): void => {
      left.push(member.engine.stats().objects);
      // Nothing is made anew meanwhile.
      expectRefusal(() => member.do(session, leased('counter', 'new'), 'add', [1]), 'lease-ended', /lease/);
      if (member.engine.stats().objects > 0) member.clock.after(0, others);
    };
    others();
    await Promise.resolve();
    expect(isGone).toBe(false);
    member.clock.pass(1);
    await Promise.all([gone, goneToo]);
    expect(left.length).toBeGreaterThan(5);
    expect(left.every((count, i) => count <= 10_000 - 900 * i)).toBe(true);
  });
});

describe('a lease of which nothing is heard', () => {
  test('ends when its time is over, and its objects go', () => {
    const { member, session, leased, objects } = setUp();
    const mail = leased('queue', 'mail');
    const waits = member.ask(session, mail, 'take');
    member.clock.pass(TTL - 1);
    expect(isWaiting(waits)).toBe(true);
    member.clock.pass(1);
    expect(refusalOf(waits).code).toBe('object-deleted');
    expect(objects()).toEqual([]);
    expectRefusal(() => member.do(session, mail, 'size'), 'lease-ended', /not heard of for too long/);
  });

  test('lives on when it is heard of in time, again and again, and others do not live on by that', () => {
    const { member, session, leases, leased, objects } = setUp();
    member.do(session, leased('counter', 'mine'), 'add', [1]);
    member.do(session, leased('counter', 'theirs', 'other'), 'add', [1]);
    for (let i = 0; i < 10; i++) {
      member.clock.pass(TTL - 1);
      expect(leases.renew('lease')).toBe(true);
    }
    expect(objects()).toEqual(['mine']);
    member.clock.pass(TTL);
    expect(objects()).toEqual([]);
  });

  test('has no more time by objects that are made under it', () => {
    const { member, session, leased, objects } = setUp();
    member.do(session, leased('counter', 'one'), 'add', [1]);
    member.clock.pass(TTL - 1);
    // To name it is what counts, which clients do once on a connection.
    member.do(session, leased('counter', 'two'), 'add', [1]);
    member.clock.pass(1);
    expect(objects()).toEqual([]);
  });

  test('does not end because the node stood still: its signs of life wait in the sockets', () => {
    const { member, session, leases, leased, objects } = setUp();
    member.do(session, leased('counter', 'hits'), 'add', [1]);
    // The node's thread was held up, and its timers fire late.
    member.clock.time += 10 * TTL;
    member.clock.pass(1);
    expect(objects()).toEqual(['hits']);
    leases.renew('lease');
    member.clock.pass(TTL - 1);
    expect(objects()).toEqual(['hits']);
    member.clock.pass(1);
    expect(objects()).toEqual([]);
  });

  test('is nothing to a node that has no objects of it', () => {
    const { member, session, leased } = setUp();
    const hits = leased('counter', 'hits');
    member.do(session, hits, 'add', [1]);
    member.do(session, hits, 'DELETE');
    expect(member.engine.stats().leases).toBe(0);
    // It may be alive, and only never have been heard of here.
    member.clock.pass(10 * TTL);
    expect(member.do(session, hits, 'add', [1])).toBe(1);
    expect(member.engine.stats().leases).toBe(1);
  });
});

describe('the first use says whose an object is', () => {
  test('so that one without a lease stays, and one of another lease goes with that', async () => {
    const { member, session, leases, leased, objects } = setUp();
    member.do(session, member.object('counter', 'free'), 'add', [1]);
    member.do(session, leased('counter', 'free'), 'add', [1]);
    member.do(session, leased('counter', 'theirs', 'other'), 'add', [1]);
    member.do(session, leased('counter', 'theirs'), 'add', [1]);
    member.do(session, leased('counter', 'mine'), 'add', [1]);
    member.do(session, member.object('counter', 'mine'), 'add', [1]);
    await leases.end('lease');
    expect(objects()).toEqual(['free', 'theirs']);
    await leases.end('other');
    expect(objects()).toEqual(['free']);
  });

  test('after a deletion it is the next one', async () => {
    const { member, session, leases, leased, objects } = setUp();
    const [mine, plain] = [leased('counter', 'hits'), member.object('counter', 'hits')];
    member.do(session, mine, 'add', [1]);
    member.do(session, plain, 'DELETE');
    member.do(session, plain, 'add', [1]);
    member.do(session, leased('counter', 'other'), 'add', [1]);
    await leases.end('lease');
    expect(objects()).toEqual(['hits']);
  });

  test('and not a use that only waits for its maker', async () => {
    const { member, session, leases, leased, objects } = setUp();
    const waits = member.ask(session, { ...leased('queue', 'mail'), mode: 'await' as const }, 'put', [1]);
    expect(member.engine.stats().leases).toBe(0);
    expect(member.do(session, member.object('queue', 'mail'), 'size')).toBe(1);
    expect(answerOf(waits)).toBe(undefined);
    await leases.end('lease');
    expect(objects()).toEqual(['mail']);
  });

  test('unless it cannot be made', async () => {
    const { member, session, leased } = setUp();
    const wrong = { ...leased('queue', 'mail'), config: [-1] };
    expectRefusal(() => member.do(session, wrong, 'size'), 'bad-argument', /capacity/);
    expect(member.engine.stats()).toMatchObject({ leases: 0, objects: 0 });
  });
});

test('user code that runs for an object which goes has no effect any more', async () => {
  const tasks = new FakeTasks();
  const member = new Member({ types: [userClass], tasks });
  const session = member.session('a');
  const config = [['Cart', 'h1', Uint8Array.of()], Uint8Array.of(1), [], 'Cart'] as const;
  const lease: Lease = { id: 'lease', ttlMs: TTL };
  const cart: Target = { ...member.object('class:Cart', 'x', config), lease };
  const waits = member.ask(session, cart, 'invoke', ['add', Uint8Array.of(2)]);
  await member.engine.leases.end('lease');
  expect(refusalOf(waits).code).toBe('object-deleted');
  await tasks.finish({ kind: 'threw', error: Uint8Array.of(9) });
  expect(member.engine.stats()).toMatchObject({ leases: 0, objects: 0, waiting: 0 });
});

test('members that follow delete the same, also from a snapshot: whose an object is is part of the state', async () => {
  const owner = new Owner((_slot, log) => {
    log.onAppend = () => log.commit();
  });
  const session = owner.session('a');
  const target = owner.target('queue', 'mail', [], { id: 'lease', ttlMs: TTL });
  owner.ask(session, target, codesOf('queue').put, ['letter']);
  const slot = owner.engine.slot(target.slot)!;
  const { entries } = owner.log(target.slot);
  const follower = new Follower(target.slot);
  for (const entry of entries) follower.apply(entry);
  const joined = new Follower(target.slot, takeSnapshot(slot));
  for (const one of [follower, joined]) {
    expect(contentOf(one.slot)).toBe(contentOf(slot));
    const lease = one.slot.leases.get('lease')!;
    expect(lease).toMatchObject({ id: 'lease', ttlMs: TTL });
    expect([...lease.cells]).toEqual([one.slot.cell('queue', 'mail')]);
  }
  const before = entries.length;
  await owner.engine.leases.end('lease');
  for (const entry of entries.slice(before)) {
    follower.apply(entry);
    joined.apply(entry);
  }
  for (const one of [follower, joined]) {
    expect(one.slot.cells.size + one.slot.leases.size).toBe(0);
    expect(contentOf(one.slot)).toBe(contentOf(slot));
  }
  expect(restoreSnapshot(takeSnapshot(slot), TYPES).leases.size).toBe(0);
});
