import { expect, test } from 'vitest';
import { hash32, SLOTS, slotOf } from '../../src/ring/hash.ts';

const pangram = 'The quick brown fox jumps over the lazy dog';

// Ian Boyd's vectors (stackoverflow.com/a/31929528) and those of Wikipedia's article, as mmh3 for Python tests them too.
test.each([
  ['', 0, 0],
  ['', 1, 0x514e28b7],
  ['', 0xffffffff, 0x81f16f39],
  ['\0\0\0\0', 0, 0x2362f9de],
  ['\0\0\0', 0, 0x85f0b427],
  ['\0\0', 0, 0x30f4c306],
  ['!', 0, 0x72661cf4],
  ['aaaa', 0x9747b28c, 0x5a97808a],
  ['aaa', 0x9747b28c, 0x283e0130],
  ['aa', 0x9747b28c, 0x5d211726],
  ['a', 0x9747b28c, 0x7fa09ea6],
  ['abcd', 0x9747b28c, 0xf0478627],
  ['abc', 0x9747b28c, 0xc84a62dd],
  ['ab', 0x9747b28c, 0x74875592],
  ['test', 0, 0xba6bd213],
  ['Hello, world!', 0x9747b28c, 0x24884cba],
  [pangram, 0, 0x2e4ff723],
  [pangram, 0x9747b28c, 0x2fa826cd],
  ['a'.repeat(256), 0x9747b28c, 0x37405bdc],
  ['ππππππππ', 0x9747b28c, 0xd58063c1],
  ['Rýchla hnedá líška preskočila lenivého psa', 0, 0x678b9be9],
  ['Быстрая коричневая лиса перепрыгивает через ленивую собаку', 0, 0xa94f1f75],
])('MurmurHash3_x86_32 of %j by %i is the published one', (text, seed, expected) => {
  expect(hash32(text, seed)).toBe(expected);
});

test('a lone surrogate counts as U+FFFD, wherever it stands', () => {
  for (const [text, bytes] of [
    ['\ud800', '\ufffd'],
    ['key-\udc00-', 'key-\ufffd-'],
  ] as const) {
    expect(hash32(text)).toBe(hash32(bytes));
  }
});

test('a slot is a whole number from 0 to 4,095', () => {
  for (const key of ['', 'k', 'naïve', '日本語', '\ud83c\udf89', 'x'.repeat(10_000)]) {
    const slot = slotOf('Counter', key);
    expect(Number.isInteger(slot) && slot >= 0 && slot < SLOTS).toBe(true);
  }
});

test('the slots of a few references are those they have always had', () => {
  expect([slotOf('Counter', 'visits'), slotOf('Map', ''), slotOf('Café', 'ключ')]).toEqual([1435, 821, 3655]);
});

test('type and key are not joined: moving a character from one to the other is another object', () => {
  for (const [[type, key], [otherType, otherKey]] of [
    [
      ['a', 'bc'],
      ['ab', 'c'],
    ],
    [
      ['', 'abc'],
      ['abc', ''],
    ],
    [
      ['a:b', 'c'],
      ['a', 'b:c'],
    ],
    [
      ['a\0', 'b'],
      ['a', '\0b'],
    ],
  ] as const) {
    expect(hash32(key, hash32(type))).not.toBe(hash32(otherKey, hash32(otherType)));
  }
});

// Chi-squared of 4,095 degrees of freedom: 4,095 in the mean, and above 4,380 once in a thousand times for a perfect hash.
test.each([
  ['numbers in a row', (at: number) => String(at)],
  ['a long common beginning', (at: number) => `tenants/acme/projects/skein/objects/${at}`],
  ['multiples of 4,096', (at: number) => `n${at * 4096}`],
  ['few characters', (at: number) => at.toString(2)],
  ['not ASCII', (at: number) => `ключ-${at}`],
])('keys spread over the slots as by chance: %s', (_, key) => {
  const counts = new Array<number>(SLOTS).fill(0);
  const each = 25;
  for (let at = 0; at < SLOTS * each; at++) counts[slotOf('Counter', key(at))]! += 1;
  const chi = counts.reduce((sum, count) => sum + (count - each) ** 2 / each, 0);
  expect(chi).toBeLessThan(4550);
});
