import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { extensions, type Format, formatOf } from '../src/format.ts';
import type { CloudObject } from '../src/index.ts';
import { cached, cloudObject, stateful } from '../src/index.ts';
import { generatedName, parseGenerated, parseKey } from '../src/keys.ts';
import { Pauses } from '../src/pause.ts';

const formats = Object.keys(extensions) as Format[];
const abouts = fc.record({
  format: fc.constantFrom(...formats),
  made: fc.integer({ min: 1_000_000_000_000, max: 4_000_000_000_000 }),
  by: fc.stringMatching(/^[\w-]{1,60}$/),
  expires: fc.option(fc.integer({ min: 1_000_000_000_000, max: 8_000_000_000_000 }), { nil: undefined }),
});

describe('a generated name', () => {
  test('says all that is known of its object, sorts by time, and is no other’s', () => {
    fc.assert(
      fc.property(abouts, abouts, (one, other) => {
        const [name, second] = [generatedName(one), generatedName(other)];
        expect(parseGenerated(name)).toEqual(one);
        if (one.made < other.made && one.made.toString(36).length === other.made.toString(36).length)
          expect(name < second).toBe(true);
        expect(generatedName(one)).not.toBe(name);
        expect(parseKey(`made/${name}`)).toEqual({ kind: 'made', about: one });
      }),
    );
  });

  test('fits into a handle', () => {
    const by = 'abcdef-10000-M1000-100000';
    const name = generatedName({ format: 'value', made: 4e12, by, expires: 8e12 });
    expect(name.length).toBeLessThan(80);
  });
});

test('formats and extensions are one to one', () => {
  expect(new Set(Object.values(extensions)).size).toBe(formats.length);
  for (const format of formats) expect(formatOf(extensions[format])).toBe(format);
  expect(formatOf('csv')).toBeUndefined();
});

test('keys of another form are not ours', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z/.0-9]{0,20}$/), (key) => {
      const known = parseKey(key);
      if (known !== undefined) expect(key).toMatch(/^(?:named|state)\/./);
    }),
  );
  for (const key of [
    '',
    'made',
    'made/',
    'made/x.skein',
    'named',
    'named/',
    'state/',
    'cached/a/value',
    'cached/value',
    'other/x',
  ])
    expect(parseKey(key)).toBeUndefined();
});

test('pauses grow, within their bounds, and differ', () => {
  const most = new Pauses(10, 1000, () => 1);
  expect(Array.from({ length: 6 }, () => most.next())).toEqual([30, 90, 270, 810, 1000, 1000]);
  const least = new Pauses(10, 1000, () => 0);
  expect([least.next(), least.next()]).toEqual([10, 10]);
});

test('types say what comes back', () => {
  expectTypeOf(() => cloudObject('text')).returns.resolves.toEqualTypeOf<CloudObject<string>>();
  expectTypeOf(() => cloudObject(new Float64Array(1))).returns.resolves.toEqualTypeOf<
    CloudObject<Float64Array<ArrayBuffer>>
  >();
  expectTypeOf(() => cloudObject({ a: [1] })).returns.resolves.toEqualTypeOf<CloudObject<{ a: number[] }>>();
  expectTypeOf(() => cloudObject(new Blob([]))).returns.resolves.toEqualTypeOf<CloudObject<Buffer>>();
  expectTypeOf<CloudObject<number>['get']>().returns.resolves.toBeNumber();
  expectTypeOf(() => cached('k', async () => 1)).returns.resolves.toBeNumber();
  const count = stateful('n', { n: 0 }, (state, by: number) => (state.n += by));
  expectTypeOf(count).parameters.toEqualTypeOf<[by: number]>();
  expectTypeOf(count).returns.resolves.toBeNumber();
});
