/** Things by number: a Map does the same, slower. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Numbered } from '../src/numbered.ts';

const number = fc.integer({ min: 0, max: 60 });
const step = fc.oneof(
  fc.record({ do: fc.constant('set' as const), number }),
  // Numbers are given in turn, as a rule.
  fc.record({ do: fc.constant('next' as const), number: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ do: fc.constant('take' as const), number }),
  fc.record({ do: fc.constant('shift' as const), number }),
  fc.record({ do: fc.constant('clear' as const), number }),
);

it('does what a Map does that is kept in order', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const numbered = new Numbered<string>();
      const model = new Map<number, string>();
      let last = 0;
      for (const [n, { do: what, number }] of steps.entries()) {
        const given = what === 'next' ? last + number : number;
        switch (what) {
          case 'set':
          case 'next':
            last = Math.max(last, given);
            numbered.set(given, `${n}`);
            model.set(given, `${n}`);
            break;
          case 'take':
            expect(numbered.take(last - given)).toBe(model.get(last - given));
            model.delete(last - given);
            break;
          case 'shift': {
            const first = Math.min(...model.keys());
            expect(numbered.shift()).toBe(model.get(first));
            model.delete(first);
            break;
          }
          case 'clear':
            if (number > 5) break;
            numbered.clear();
            model.clear();
        }
        expect(numbered.size).toBe(model.size);
        expect(numbered.has(given)).toBe(model.has(given));
        expect(numbered.get(given)).toBe(model.get(given));
        expect([...numbered]).toEqual([...model].sort(([a], [b]) => a - b));
      }
    }),
  );
});

it('keeps one that stays behind while many go by', () => {
  const numbered = new Numbered<string>();
  numbered.set(1, 'waits');
  let gone = 0;
  for (let n = 2; n < 100_000; n++) {
    numbered.set(n, 'goes');
    if (numbered.take(n) === 'goes') gone++;
  }
  expect(gone).toBe(99_998);
  expect([...numbered]).toEqual([[1, 'waits']]);
});
