/** R2 and R3 over lists of members that grow by one at a time, up to 32. */
import { beforeAll, describe, expect, test } from 'vitest';
import { SLOTS } from '../../src/ring/hash.ts';
import { Ring } from '../../src/ring/ring.ts';
import { addresses } from './addresses.ts';

const LISTS = 24;
const LARGEST = 32;
const sizes = Array.from({ length: LARGEST - 1 }, (_, at) => at + 2);

interface Seen {
  /** The worst member of any list, as a part of an even share. */
  off: number;
  /** The most that changed hands in any list, in even shares of the larger ring. */
  joined: number;
  left: number;
}

/** By the number of members. */
const seen = new Map<number, Seen>(sizes.map((size) => [size, { off: 0, joined: 0, left: 0 }]));

function moved(one: Ring, other: Ring): number {
  let count = 0;
  for (let slot = 0; slot < SLOTS; slot++) if (one.ownerOf(slot) !== other.ownerOf(slot)) count++;
  return count / (SLOTS / Math.max(one.members.length, other.members.length));
}

beforeAll(() => {
  for (let seed = 0; seed < LISTS; seed++) {
    const joining = addresses(LARGEST, seed);
    let before = new Ring(joining.slice(0, 1));
    for (const size of sizes) {
      const ring = new Ring(joining.slice(0, size));
      // The last to join leaving again is the same step; so another does.
      const gone = joining[(seed + size) % (size - 1)];
      const after = new Ring(joining.slice(0, size).filter((member) => member !== gone));
      const most = seen.get(size)!;
      most.off = Math.max(most.off, ring.balance().worst);
      most.joined = Math.max(most.joined, moved(before, ring));
      most.left = Math.max(most.left, moved(ring, after));
      before = ring;
    }
  }
}, 120_000);

describe.each(sizes)('of %i members, in any list,', (size) => {
  test('R2: none is more than 10 % off its even share', () => {
    expect(seen.get(size)!.off).toBeLessThanOrEqual(0.1);
  });

  test('R3: one that joins as the last moves no more than 1.3 even shares', () => {
    expect(seen.get(size)!.joined).toBeLessThanOrEqual(1.3);
  });

  test('R3: one that leaves moves no more than 1.3 even shares', () => {
    expect(seen.get(size)!.left).toBeLessThanOrEqual(1.3);
  });
});
