import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Coalescer, resolveCoalesce } from '../../src/group/coalescer.ts';

interface Item {
  readonly at: number;
  readonly size: number | undefined;
}

const given = fc.record({
  sizes: fc.array(fc.option(fc.nat(200), { nil: undefined, freq: 10 }), { maxLength: 60 }),
  bytes: fc.integer({ min: 1, max: 300 }),
  openCost: fc.integer({ min: 1, max: 50 }),
});

test('nothing is lost, added or moved; groups are as full as their order allows, and no fuller', () => {
  fc.assert(
    fc.property(given, ({ sizes, bytes, openCost }) => {
      const items = sizes.map((size, at): Item => ({ at, size }));
      const coalescer = new Coalescer<Item>({ bytes, openCost });
      const groups: (readonly Item[])[] = [];
      for (const [at, item] of items.entries()) {
        const full = coalescer.add(item);
        if (full !== undefined) groups.push(full);
        // What is given is all that came before: at most what the last group holds is kept back.
        if (full !== undefined) expect(groups.flat()).toEqual(items.slice(0, at));
      }
      const last = coalescer.end();
      if (last !== undefined) groups.push(last);
      expect(groups.flat()).toEqual(items);
      expect(coalescer.end()).toBeUndefined();

      const costOf = (group: readonly Item[]): number =>
        group.reduce((sum, { size = Number.POSITIVE_INFINITY }) => sum + size + openCost, 0);
      for (const [at, group] of groups.entries()) {
        expect(group.length).toBeGreaterThan(0);
        if (group.length > 1) expect(costOf(group)).toBeLessThanOrEqual(bytes);
        const next = groups[at + 1]?.[0];
        if (next !== undefined) expect(costOf([...group, next])).toBeGreaterThan(bytes);
      }
    }),
  );
});

test('options are bytes or text, and nothing else is one', () => {
  const defaults = { bytes: 64 * 2 ** 20, openCost: 2 ** 20 };
  expect(resolveCoalesce({}, undefined)).toEqual(defaults);
  expect(resolveCoalesce({}, 1000)).toEqual({ ...defaults, bytes: 1000 });
  expect(resolveCoalesce({ bytes: '1MiB', openCost: 1 }, 1000)).toEqual({ bytes: 2 ** 20, openCost: 1 });
  expect(() => resolveCoalesce({ openCosts: 1 } as object, undefined)).toThrow(/did you mean 'openCost'\?/);
  expect(() => resolveCoalesce({ openCost: 0 }, undefined)).toThrow(/openCost must be .* at least 1, not 0/);
  expect(() => resolveCoalesce({ bytes: 'many' }, undefined)).toThrow(/bytes must be/);
  expect(() => resolveCoalesce(7 as never, undefined)).toThrow(/options of coalesce must be an object/);
});
