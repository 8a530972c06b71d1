import { describe, expect, test } from 'vitest';
import { ago, bytes, moment, parseAge } from '../src/units.ts';

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [1024 * 1024 - 1, '1.0 MiB'],
  [8 * 2 ** 20, '8.0 MiB'],
  [3.5 * 2 ** 40, '3.5 TiB'],
])('%d bytes are %s', (n, expected) => {
  expect(bytes(n)).toBe(expected);
});

test.each([
  [-5, 'just now'],
  [59, 'just now'],
  [60, '1 minute ago'],
  [3_599, '59 minutes ago'],
  [7_200, '2 hours ago'],
  [86_400 * 400, '400 days ago'],
])('%d seconds are %s', (seconds, expected) => {
  expect(ago(0, seconds * 1000)).toBe(expected);
});

test('a moment is told by the clock on the wall', () => {
  expect(moment(new Date(2026, 0, 2, 3, 4, 5))).toBe('2026-01-02 03:04:05');
});

describe('an age', () => {
  test.each([
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['1.5h', 5_400_000],
    ['1d', 86_400_000],
    ['2w', 1_209_600_000],
  ])('%s', (text, ms) => {
    expect(parseAge(text)).toBe(ms);
  });

  test.each(['', '1', 'd', '-1d', '1 y', '1e9d'])('%s is none', (text) => {
    expect(() => parseAge(text)).toThrow('expected an age');
  });
});
