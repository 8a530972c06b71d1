import { expect, test } from 'vitest';
import { SLOTS } from '../../src/ring/hash.ts';
import { Ring } from '../../src/ring/ring.ts';
import type { RingError, RingErrorCode } from '../../src/ring/ring-error.ts';
import { addresses } from './addresses.ts';

const everySlot = Array.from({ length: SLOTS }, (_, slot) => slot);
const owners = (ring: Ring): string[] => everySlot.map((slot) => ring.ownerOf(slot));
const code = (name: RingErrorCode): RingError => expect.objectContaining({ name: 'RingError', code: name });

test('R1: the order of the members does not matter', () => {
  for (let seed = 0; seed < 8; seed++) {
    const members = addresses(3 + seed * 4, seed);
    expect(owners(new Ring(members.toReversed()))).toEqual(owners(new Ring(members)));
    expect(owners(new Ring(new Set(members.toSorted())))).toEqual(owners(new Ring(members)));
  }
});

test('R1: a ring is what it has always been', () => {
  const ring = new Ring(['a:1', 'b:1', 'c:1']);
  const first = everySlot.slice(0, 12).map((slot) => ring.ownerOf(slot)[0]);
  expect(first.join('')).toBe('bccccabcbbcb');
  expect(ring.members.map((member) => ring.slotsOf(member).length)).toEqual([1344, 1350, 1402]);
});

test('one member owns everything', () => {
  const ring = new Ring(['localhost:7420']);
  expect(ring.slotsOf('localhost:7420')).toEqual(everySlot);
  expect(ring.ownersOf(0, 3)).toEqual(['localhost:7420']);
  expect(ring.balance()).toEqual({ even: SLOTS, fewest: SLOTS, most: SLOTS, worst: 0 });
});

test('more members than anybody has are still even, to one slot', () => {
  const { fewest, most } = new Ring(addresses(420, 1)).balance();
  expect([fewest, most]).toEqual([9, 10]);
});

test('each slot is in the list of its owner, and in no other', () => {
  const ring = new Ring(addresses(7, 2));
  for (const member of ring.members) {
    for (const slot of ring.slotsOf(member)) expect(ring.ownerOf(slot)).toBe(member);
  }
  expect(ring.members.flatMap((member) => ring.slotsOf(member)).toSorted((a, b) => a - b)).toEqual(everySlot);
});

test('what is given away is a copy', () => {
  const ring = new Ring(['a:1', 'b:1']);
  ring.ownersOf(0, 2).reverse();
  ring.slotsOf('a:1').pop();
  expect(ring.ownersOf(0, 1)).toEqual([ring.ownerOf(0)]);
  expect(ring.slotsOf('a:1').length + ring.slotsOf('b:1').length).toBe(SLOTS);
});

test('a slot’s owners are distinct, the owner first, and fewer are the beginning of more', () => {
  const ring = new Ring(addresses(9, 3));
  for (const slot of everySlot) {
    const all = ring.ownersOf(slot, 9);
    expect(all[0]).toBe(ring.ownerOf(slot));
    expect(all.toSorted()).toEqual(ring.members);
    expect(ring.ownersOf(slot, 3)).toEqual(all.slice(0, 3));
  }
});

test('a slot has as many owners as there are members, when more are wanted', () => {
  expect(new Ring(['a:1', 'b:1']).ownersOf(5, 3).toSorted()).toEqual(['a:1', 'b:1']);
});

test('replicas follow no pattern: who shares an owner’s slots is spread over all the others', () => {
  const ring = new Ring(addresses(8, 4));
  for (const member of ring.members) {
    const seconds = new Set(ring.slotsOf(member).map((slot) => ring.ownersOf(slot, 2)[1]));
    expect(seconds.size).toBe(7);
  }
});

test.each([3, 5, 8, 16])('when one of %i leaves, its first replica mostly takes over', (count) => {
  const members = addresses(count, count);
  const before = new Ring(members);
  const after = new Ring(members.slice(1));
  const lost = before.slotsOf(members[0]!);
  const handed = lost.filter((slot) => before.ownersOf(slot, 2)[1] === after.ownerOf(slot));
  expect(handed.length / lost.length).toBeGreaterThan(0.75);
});

test('an empty list is refused', () => {
  expect(() => new Ring([])).toThrow(code('no-members'));
});

test('a member that is there twice is refused, by its address', () => {
  expect(() => new Ring(['b:1', 'a:1', 'b:1'])).toThrow(code('duplicate-member'));
  expect(() => new Ring(['b:1', 'a:1', 'b:1'])).toThrow('b:1 is a member of the ring twice');
});

test('an empty address is refused', () => {
  expect(() => new Ring(['a:1', ''])).toThrow(code('empty-address'));
});

test('more members than slots are refused', () => {
  expect(() => new Ring(addresses(SLOTS + 1, 1))).toThrow(code('too-many-members'));
});

test('what is no slot, no member or no count of owners is refused', () => {
  const ring = new Ring(['a:1', 'b:1']);
  for (const slot of [-1, SLOTS, 0.5, Number.NaN]) {
    expect(() => ring.ownerOf(slot)).toThrow(code('no-such-slot'));
    expect(() => ring.ownersOf(slot, 1)).toThrow(code('no-such-slot'));
  }
  for (const count of [0, -1, 1.5, Number.NaN])
    expect(() => ring.ownersOf(0, count)).toThrow(code('bad-count'));
  expect(() => ring.slotsOf('c:1')).toThrow('c:1 is no member; these are: a:1, b:1');
});
