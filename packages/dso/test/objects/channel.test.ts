import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Session } from '../../src/engine/session.ts';
import { channel } from '../../src/objects/channel.ts';
import { sizeOf, type Value } from '../../src/value/value.ts';
import { answerOf, expectRefusal, isWaiting, refusalOf } from './answers.ts';
import { type Asked, Member } from './member.ts';
import { bytesOf, move } from './values.ts';

const open = (capacity?: number) => {
  const member = new Member({ types: [channel] });
  const target = member.object('channel', 'c', [capacity]);
  const [a, b] = [member.session('a'), member.session('b')];
  const ask = (session: Session, operation: string, ...args: Value[]): Asked =>
    member.ask(session, target, operation, args);
  const run = (session: Session, operation: string, ...args: Value[]): Value =>
    member.do(session, target, operation, args);
  return { member, target, a, b, ask, run };
};

/** Text that takes so many bytes of a channel. */
const textOf = (bytes: number): string => 'x'.repeat(bytes - 8 - sizeOf(''));

describe('messages', () => {
  test('C1: come in their order, both ways', () => {
    const { a, b, run } = open();
    for (const message of ['one', 2, undefined]) run(a, 'send', 0, undefined, message);
    run(b, 'send', 1, undefined, 'back');
    expect(run(a, 'pending', 1)).toBe(3);
    expect([1, 2, 3].map(() => run(b, 'receive', 1))).toEqual(['one', 2, undefined]);
    expect(run(a, 'receive', 0)).toBe('back');
  });

  test('C2: those wait that would not fit, and are let in as soon as they do, in their order', () => {
    const { member, target, a, b, ask, run } = open(100);
    run(b, 'open', 1);
    run(a, 'send', 0, undefined, textOf(60));
    run(a, 'send', 0, undefined, textOf(40));
    const large = ask(a, 'send', 0, undefined, textOf(90));
    // There will be room for it sooner, but it came later.
    const small = ask(a, 'send', 0, undefined, textOf(33));
    expect([isWaiting(large), isWaiting(small)]).toEqual([true, true]);
    run(b, 'receive', 1);
    expect([isWaiting(large), isWaiting(small)]).toEqual([true, true]);
    run(b, 'receive', 1);
    expect([isWaiting(large), isWaiting(small)]).toEqual([false, true]);
    run(b, 'receive', 1);
    expect(isWaiting(small)).toBe(false);
    run(b, 'receive', 1);
    expect(bytesOf(member, target)).toBe(400 + 2 * target.key.length);
  });

  test('C2: one that is larger than the capacity goes when all others were received', () => {
    const { a, b, ask, run } = open(100);
    run(a, 'send', 0, undefined, textOf(33));
    const huge = ask(a, 'send', 0, undefined, textOf(5000));
    expect(isWaiting(huge)).toBe(true);
    run(b, 'receive', 1);
    expect(isWaiting(huge)).toBe(false);
    expect(isWaiting(ask(a, 'send', 0, undefined, textOf(33)))).toBe(true);
    // The other direction has room of its own.
    run(b, 'send', 1, undefined, textOf(100));
  });

  test('C2: when one gives up that is too large, those behind it are let in', () => {
    const { member, target, a, b, ask, run } = open(100);
    run(a, 'send', 0, undefined, textOf(60));
    const large = ask(a, 'send', 0, undefined, textOf(50));
    const small = ask(b, 'send', 0, undefined, textOf(40));
    member.cancel(a, target, large);
    expect(isWaiting(small)).toBe(false);
    expect(run(b, 'pending', 1)).toBe(2);
  });

  test('poll says whether receive would wait, and waits for that if it may', () => {
    const { a, b, ask, run } = open();
    expect(run(b, 'poll', 1, undefined, false)).toBe(false);
    const polls = [ask(b, 'poll', 1, undefined, true), ask(b, 'poll', 1, undefined, true)];
    const receives = ask(b, 'receive', 1);
    run(a, 'send', 0, undefined, 'for who receives');
    expect(answerOf(receives)).toBe('for who receives');
    expect(polls.every(isWaiting)).toBe(true);
    run(a, 'send', 0, undefined, 'stays');
    expect(polls.map(answerOf)).toEqual([true, true]);
    expect(run(b, 'poll', 1, undefined, false)).toBe(true);
    expect(run(b, 'receive', 1)).toBe('stays');
  });
});

describe('an end', () => {
  test('C3: that nobody has held yet is not gone: it is sent to', () => {
    const { a, b, ask, run } = open();
    const receives = ask(a, 'receive', 0);
    run(a, 'send', 0, undefined, 'early');
    run(a, 'close', 1);
    expect(isWaiting(receives)).toBe(true);
    expect(run(b, 'receive', 1)).toBe('early');
    run(b, 'send', 1, undefined, 'hello');
    expect(answerOf(receives)).toBe('hello');
  });

  test.each(['close', 'end'])('C4: that is gone by %s lets the other receive what is left', (how) => {
    const { member, a, b, run } = open();
    run(a, 'send', 0, undefined, 'left');
    run(b, 'open', 1);
    if (how === 'close') expect([run(a, 'close', 0), run(a, 'close', 0)]).toEqual([true, false]);
    else member.end(a);
    expect(run(b, 'poll', 1, undefined, false)).toBe(true);
    expect(run(b, 'receive', 1)).toBe('left');
    expect(run(b, 'poll', 1, undefined, false)).toBe(true);
    expectRefusal(() => run(b, 'receive', 1), 'end-of-channel', /channel "c": end 0 is gone, and all/);
    expectRefusal(() => run(b, 'send', 1, undefined, 1), 'broken-channel', /channel "c": end 0 is gone, nob/);
  });

  test('C4: that goes tells who waits at the other one', () => {
    const { member, target, a, b, ask, run } = open(100);
    run(a, 'open', 0);
    run(b, 'send', 1, undefined, textOf(100));
    const sends = ask(b, 'send', 1, undefined, textOf(100));
    const polls = ask(b, 'poll', 1, undefined, true);
    const receives = ask(b, 'receive', 1);
    member.end(a);
    expect(refusalOf(sends).code).toBe('broken-channel');
    expect(answerOf(polls)).toBe(true);
    expect(refusalOf(receives).code).toBe('end-of-channel');
    // Nobody will receive what it has not.
    expect(bytesOf(member, target)).toBe(400 + 2 * target.key.length);
  });

  test('C3: that is gone is not to be used again', () => {
    const { a, b, ask, run } = open();
    run(b, 'open', 1);
    const waits = ask(a, 'receive', 0);
    run(a, 'close', 0);
    expect(refusalOf(waits)).toMatchObject({
      code: 'broken-channel',
      message: 'end 0 of channel "c" is gone: all who held it have closed it, or have ended',
    });
    for (const [operation, ...args] of [
      ['send', 0, undefined, 1],
      ['receive', 0],
      ['poll', 0],
      ['open', 0, 'new'],
      ['lend', 0, 'new'],
    ] as const)
      expectRefusal(() => run(b, operation, ...args), 'broken-channel', /end 0 of channel "c" is gone/);
  });

  test('C3: that was lent is there until whoever uses the copy has ended, whoever has lent it', () => {
    const { member, a, b, ask, run } = open();
    const child = member.session('child');
    run(b, 'open', 0);
    run(a, 'lend', 1, 'ticket');
    run(child, 'send', 1, 'ticket', 'from the child');
    expect(run(b, 'receive', 0)).toBe('from the child');
    member.end(a);
    const receives = ask(b, 'receive', 0);
    expect(isWaiting(receives)).toBe(true);
    member.end(child);
    expect(refusalOf(receives).code).toBe('end-of-channel');
  });

  test('C3: that was lent to two is there until both have ended, or their tickets are closed', () => {
    const { member, a, b, ask, run } = open();
    run(a, 'open', 0);
    run(a, 'lend', 1, 't1');
    run(a, 'lend', 1, 't2');
    const [one, two] = [member.session('one'), member.session('two')];
    run(one, 'open', 1, 't1');
    member.end(one);
    const receives = ask(a, 'receive', 0);
    expect(isWaiting(receives)).toBe(true);
    // It never came to use it.
    member.end(two);
    expect(isWaiting(receives)).toBe(true);
    run(a, 'close', 1, 't2');
    expect(refusalOf(receives).code).toBe('end-of-channel');
    expectRefusal(() => run(b, 'open', 1, 't2'), 'broken-channel', /end 1/);
  });

  test('C3: goes with its lender if its copy was never used', () => {
    const { member, a, b, run } = open();
    run(b, 'open', 0);
    run(a, 'lend', 1, 'ticket');
    member.end(a);
    expectRefusal(() => run(b, 'receive', 0), 'end-of-channel', /end 1 is gone/);
  });

  test('is not taken from who uses it by lending it late', () => {
    const { member, a, b, run } = open();
    run(b, 'open', 0);
    run(a, 'open', 1, 'ticket');
    run(b, 'lend', 1, 'ticket');
    member.end(a);
    expectRefusal(() => run(b, 'receive', 0), 'end-of-channel', /end 1 is gone/);
  });
});

test('what is none is refused, and holds nothing', () => {
  const { member, a, b, run } = open();
  for (const end of [2, -1, 'x', undefined])
    expectRefusal(() => run(a, 'receive', end), 'bad-argument', /the end must be/);
  expectRefusal(() => run(a, 'receive', 0, 5), 'bad-argument', /the holder must be a string, not 5/);
  expectRefusal(() => run(a, 'lend', 0), 'bad-argument', /the holder must be a string/);
  expectRefusal(() => run(a, 'poll', 0, undefined, 'yes'), 'bad-argument', /whether to wait/);
  expectRefusal(() => open(0).run(a, 'open', 0), 'bad-argument', /capacity/);
  member.end(a);
  expect(run(b, 'poll', 1, undefined, false)).toBe(false);
});

// A model: everything at random.

type Step =
  | {
      readonly kind: 'ask';
      readonly who: number;
      readonly operation: string;
      readonly end: 0 | 1;
      readonly holder: string | undefined;
      readonly size: number;
      readonly waits: boolean;
    }
  | { readonly kind: 'cancel'; readonly which: number }
  | { readonly kind: 'end'; readonly who: number }
  | { readonly kind: 'move' };

const who = fc.integer({ min: 0, max: 2 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('ask'),
      who,
      operation: fc.constantFrom(
        'send',
        'send',
        'send',
        'receive',
        'receive',
        'poll',
        'lend',
        'close',
        'open',
      ),
      end: fc.constantFrom(0, 1),
      holder: fc.constantFrom(undefined, undefined, 't1', 't2'),
      size: fc.constantFrom(33, 40, 60, 150),
      waits: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cancel'), which: fc.nat(25) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('end'), who }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'move' }) },
);

interface Waiting {
  readonly session: string;
  readonly operation: string;
  readonly end: 0 | 1;
  readonly size: number;
  readonly asked: Asked;
}

const GONE = ['cancelled', 'session-lost'];

/** What is to be told to each; an array says which refusals it may be. */
class Model {
  /** By end, who holds it: sessions by their names, others as `id=session`. */
  readonly holders: [Map<string, string>, Map<string, string>] = [new Map(), new Map()];
  readonly gone: [boolean, boolean] = [false, false];
  /** Sizes of what is to be received at each end. */
  readonly inboxes: [number[], number[]] = [[], []];
  waiting: Waiting[] = [];
  readonly told = new Map<Asked, Value | { readonly refused: readonly string[] }>();

  ask(one: Waiting, holder: string | undefined, waits: boolean): void {
    const { session, operation, end, asked } = one;
    const other = end === 0 ? 1 : 0;
    const held = this.holders[end];
    const refuse = (code: string): void => void this.told.set(asked, { refused: [code] });
    const key = holder ?? ` ${session}`;
    if (operation === 'close') {
      const had = held.delete(key);
      this.told.set(asked, had);
      if (had) this.#goUnlessHeld(end);
      return;
    }
    if (this.gone[end]) {
      refuse('broken-channel');
      return;
    }
    if (operation === 'lend') {
      const ticket = holder ?? 'lent';
      if (!held.has(ticket)) held.set(ticket, session);
      this.told.set(asked, undefined);
      return;
    }
    if (operation === 'send' && this.gone[other]) {
      refuse('broken-channel');
      return;
    }
    if (operation === 'receive' && this.gone[other] && this.inboxes[end].length === 0) {
      refuse('end-of-channel');
      return;
    }
    held.set(key, session);
    if (operation === 'open') this.told.set(asked, undefined);
    else if (operation === 'poll' && !waits)
      this.told.set(asked, this.inboxes[end].length > 0 || this.gone[other]);
    else this.waiting.push(one);
    this.settle();
  }

  /** Everybody goes on who can, first come, first served. */
  settle(): void {
    for (let again = true; again; ) {
      again = false;
      const blocked = new Set<string>();
      for (const one of this.waiting) {
        const lane = `${one.operation} ${one.end}`;
        if (blocked.has(lane)) continue;
        const answer = this.#attempt(one);
        if (answer === undefined) {
          if (one.operation !== 'poll') blocked.add(lane);
          continue;
        }
        this.told.set(one.asked, answer.value);
        this.waiting = this.waiting.filter((other) => other !== one);
        again = true;
        break;
      }
    }
  }

  end(session: string): void {
    this.drop((one) => one.session === session);
    for (const end of [0, 1] as const) {
      const before = this.holders[end].size;
      for (const [key, its] of this.holders[end]) if (its === session) this.holders[end].delete(key);
      if (this.holders[end].size < before) this.#goUnlessHeld(end);
    }
  }

  drop(which: (one: Waiting) => boolean, codes: readonly string[] = GONE): void {
    for (const one of this.waiting) if (which(one)) this.told.set(one.asked, { refused: codes });
    this.waiting = this.waiting.filter((one) => !which(one));
    this.settle();
  }

  #attempt({ operation, end, size }: Waiting): { readonly value: Value } | undefined {
    const other = end === 0 ? 1 : 0;
    if (operation === 'send') {
      const inbox = this.inboxes[other];
      const used = inbox.reduce((sum, one) => sum + one, 0);
      if (inbox.length > 0 && used + size > 100) return undefined;
      const receiver = this.waiting.find((one) => one.operation === 'receive' && one.end === other);
      // Whoever waits to receive has it before anybody could see it.
      if (receiver !== undefined && inbox.length === 0) {
        this.told.set(receiver.asked, textOf(size));
        this.waiting = this.waiting.filter((one) => one !== receiver);
      } else inbox.push(size);
      return { value: undefined };
    }
    const inbox = this.inboxes[end];
    if (operation === 'poll') return inbox.length > 0 || this.gone[other] ? { value: true } : undefined;
    return inbox.length > 0 ? { value: textOf(inbox.shift()!) } : undefined;
  }

  #goUnlessHeld(end: 0 | 1): void {
    if (this.holders[end].size > 0) return;
    this.gone[end] = true;
    this.inboxes[end].length = 0;
    const other = end === 0 ? 1 : 0;
    this.drop((one) => one.end === end || one.operation === 'send', ['broken-channel']);
    this.drop((one) => one.end === other && one.operation === 'receive', ['end-of-channel']);
  }
}

test('does what two queues and the holders of their ends do, whoever waits, gives up, dies or moves', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { member, target } = open(100);
      const model = new Model();
      const all: Asked[] = [];
      const sessionOf = new Map<Asked, Session>();
      let names = 0;
      const sessions = [0, 1, 2].map(() => member.session(`s${names++}`));
      member.do(sessions[0]!, target, 'pending', [0]);
      const base = bytesOf(member, target);
      for (const one of steps) {
        if (one.kind === 'ask') {
          const { operation, end, size, waits } = one;
          const session = sessions[one.who]!;
          const holder = operation === 'lend' ? (one.holder ?? 'lent') : one.holder;
          const last = operation === 'send' ? [textOf(size)] : operation === 'poll' ? [waits] : [];
          const asked = member.ask(session, target, operation, [end, holder, ...last]);
          all.push(asked);
          sessionOf.set(asked, session);
          model.ask({ session: session.id, operation, end, size, asked }, one.holder, waits);
        } else if (one.kind === 'cancel') {
          const asked = all[one.which];
          if (asked === undefined) continue;
          member.cancel(sessionOf.get(asked)!, target, asked);
          model.drop((waiting) => waiting.asked === asked);
        } else if (one.kind === 'end') {
          const session = sessions[one.who]!;
          member.end(session);
          model.end(session.id);
          sessions[one.who] = member.session(`s${names++}`);
        } else move(target);
        for (const asked of all) {
          if (!model.told.has(asked)) expect(isWaiting(asked)).toBe(true);
          else {
            const told = model.told.get(asked);
            if (typeof told === 'object' && told !== null && 'refused' in told)
              expect(told.refused).toContain(refusalOf(asked).code);
            else expect(answerOf(asked)).toEqual(told);
          }
        }
        const inside = [...model.inboxes.flat()].reduce((sum, size) => sum + size, 0);
        const outside = model.waiting.reduce(
          (sum, { operation, size }) => sum + (operation === 'send' ? size : 0),
          0,
        );
        const ids = model.holders.flatMap((held) => [...held.keys()]).filter((key) => !key.startsWith(' '));
        const lent = ids.reduce((sum, id) => sum + sizeOf(id), 0);
        expect(bytesOf(member, target)).toBe(base + inside + outside + lent);
      }
    }),
    { numRuns: 500 },
  );
});
