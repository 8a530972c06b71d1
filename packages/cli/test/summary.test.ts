import { describe, expect, test } from 'vitest';
import { summaryLine, type Totals } from '../src/summary.ts';

const totals: Totals = { calls: 1, failed: 0, workers: 1, execMs: 1, wallMs: 1 };

describe('the closing line', () => {
  test.each([
    [
      { ...totals, execMs: 4.24, wallMs: 8.48 },
      'skein: 1 call, 1 worker, 8.5 ms: 0.5x one process (4.2 ms of calls)',
    ],
    [
      { ...totals, calls: 100_000, workers: 16, execMs: 3_600_000, wallMs: 225_000 },
      'skein: 100,000 calls, 16 workers, 3 min 45 s: 16.0x one process (60 min 0 s of calls)',
    ],
    [{ ...totals, failed: 1, execMs: 0, wallMs: 0 }, 'skein: 1 call (1 failed), 1 worker, 0.0 ms'],
    [{ ...totals, calls: 0 }, 'skein: no calls'],
    [undefined, 'skein: no calls'],
  ])('%j', (given, line) => {
    expect(summaryLine(given)).toBe(line);
  });

  test('rounding never prints 1000 ms, 60.0 s or min 60 s', () => {
    for (let wallMs = 900; wallMs < 61_000; wallMs += 7.3) {
      expect(summaryLine({ ...totals, wallMs })).not.toMatch(/1000 ms| 60\.0 s| min 60 s/);
    }
  });
});
