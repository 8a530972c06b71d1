/** D5: what a follower has logged may be committed. It gives way to the log of a new primary only when all of that is there. */
import { describe, expect, test } from 'vitest';
import { Follower } from '../../src/cluster/follower.ts';
import type { Append } from '../../src/cluster/messages.ts';

const entry = (text: string): Uint8Array => Buffer.from(text);

/** Entries of an epoch, from one on, as `<epoch>:<index>`. */
function append(epoch: number, from: number, count: number, more: Partial<Append> = {}): Append {
  const entries = Array.from({ length: count }, (_, i) => entry(`${epoch}:${from + i}`));
  return { ...{ kind: 'append', slot: 1, epoch, stream: 0, from, entries, commit: 0, begins: -1 }, ...more };
}

/** Has logged ten entries of the first primary, of which it knows none to be committed. */
function following(): Follower {
  const follower = new Follower(1, new Map());
  expect(follower.append(append(1, 1, 10, { begins: 10 }))).toMatchObject({ last: 10, isReady: true });
  return follower;
}

const logged = (follower: Follower): string[] =>
  follower.state!.tail.map((bytes) => Buffer.from(bytes).toString());
const tens = (epoch: number, count = 10): string[] =>
  Array.from({ length: count }, (_, i) => `${epoch}:${i + 1}`);

describe('a new primary brings its log in several messages', () => {
  test('and ends in between: what was logged before is there, and nothing was acknowledged', () => {
    const follower = following();
    expect(follower.append(append(2, 1, 4, { begins: 8 }))).toMatchObject({ last: 0, received: 4 });
    expect(logged(follower)).toEqual(tens(1));
    // The next one has all, in its turn.
    expect(follower.append(append(3, 1, 10, { begins: 10 }))).toMatchObject({ last: 10, epoch: 3 });
    expect(logged(follower)).toEqual(tens(3));
  });

  test('when it is all there it has taken the place of that, and what was longer is gone', () => {
    const follower = following();
    follower.append(append(2, 1, 4, { begins: 8 }));
    expect(follower.append(append(2, 5, 4))).toMatchObject({ last: 8, received: 0 });
    expect(logged(follower)).toEqual(tens(2, 8));
    expect(follower.append(append(2, 9, 1))).toMatchObject({ last: 9 });
    expect(logged(follower)).toEqual([...tens(2, 8), '2:9']);
  });

  test('whose messages come twice, late, and with what comes after', () => {
    const follower = following();
    follower.append(append(2, 1, 4, { begins: 8 }));
    expect(follower.append(append(2, 7, 3))).toMatchObject({ last: 0, received: 4 });
    expect(follower.append(append(2, 1, 4, { begins: 8 }))).toMatchObject({ last: 0, received: 4 });
    expect(logged(follower)).toEqual(tens(1));
    expect(follower.append(append(2, 5, 2))).toMatchObject({ last: 9 });
    expect(logged(follower)).toEqual([...tens(2, 8), '2:9']);
  });

  test('that is shorter gives way to nothing but itself', () => {
    const follower = following();
    expect(follower.append(append(2, 1, 0, { begins: 0 }))).toMatchObject({ last: 0 });
    expect(logged(follower)).toEqual([]);
  });

  test('from where it cannot go on, it says so, and keeps what it has', () => {
    const follower = following();
    expect(follower.append(append(2, 12, 1, { begins: 12 }))).toMatchObject({ last: -1 });
    expect(logged(follower)).toEqual(tens(1));
  });
});
