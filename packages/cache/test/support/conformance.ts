/** What every tier below memory must do (T1 to T4 of `src/tier.ts`), for each to run with two members of its own. */
import { randomBytes } from 'node:crypto';
import type { Entry, Invalidation, OpenTier, Tier } from '@skein/cache';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

export interface TierUnderTest {
  /** Another member each time it is opened, as another process would have. */
  readonly open: OpenTier;
  /** Damages what is kept under a key, out of the tier's sight. */
  readonly damage?: (namespace: string, key: string, how: 'flip' | 'cut') => Promise<void>;
  /** How long others may take to hear of an invalidation, milliseconds. */
  readonly hearsWithinMs: number;
}

/** @param prepare is called before the first test, and may skip all with a reason */
export function tierConformance(name: string, prepare: () => TierUnderTest | Promise<TierUnderTest>): void {
  describe(`a tier: ${name}`, () => {
    let subject: TierUnderTest;
    let namespace: string;
    let one: Tier;
    let other: Tier;
    let heardByOne: Invalidation[];
    let heardByOther: Invalidation[];

    beforeEach(async () => {
      subject = await prepare();
      namespace = `conformance ${randomBytes(6).toString('hex')}`;
      heardByOne = [];
      heardByOther = [];
      one = subject.open({ namespace, heard: (what) => heardByOne.push(what) });
      other = subject.open({ namespace, heard: (what) => heardByOther.push(what) });
      // Both are open: what is done from now on is heard.
      await Promise.all([one.read('first', []), other.read('first', [])]);
    });

    afterEach(async () => {
      await one.clear();
      await Promise.all([one.close(), other.close()]);
    });

    const bodyOf = async (
      tier: Tier,
      key: string,
      tags: readonly string[] = [],
    ): Promise<string | undefined> => {
      const { entry } = await tier.read(key, tags);
      return entry && Buffer.concat(entry.body).toString();
    };

    test('T1: gives what was set, to all, byte for byte', async () => {
      const bytes = randomBytes(300_000);
      const entry = { ...entryOf('', { tags: ['a', 'ü'] }), body: [bytes.subarray(0, 9), bytes.subarray(9)] };
      expect(await one.write('key', entry)).toBe('kept');
      for (const tier of [one, other]) {
        const { entry: found } = await tier.read('key', ['a', 'ü']);
        expect(found).toEqual({ ...entry, body: [expect.anything()] });
        expect(Buffer.compare(found!.body[0]!, bytes)).toBe(0);
        expect(found!.body[0]!.byteOffset % 8).toBe(0);
      }
    });

    test('T1: gives nothing for a key that was never set, and an empty body for one', async () => {
      expect((await one.read('none', [])).entry).toBeUndefined();
      await one.write('empty', { ...entryOf(''), body: [] });
      expect(await bodyOf(other, 'empty')).toBe('');
    });

    test('T1: keys that look alike are different ones', async () => {
      const keys = ['a', 'A', 'a ', 'a/b', '../a', 'a\0b', 'ä', 'ä', '💧', 'k'.repeat(1000)];
      for (const key of keys) await one.write(key, entryOf(`of ${key}`));
      for (const key of keys) expect(await bodyOf(other, key)).toBe(`of ${key}`);
    });

    test.for(['flip', 'cut'] as const)(
      'T1: what was damaged (%s) is dropped, and counted',
      async (how, { skip }) => {
        if (subject.damage === undefined) return skip('nobody can get at what this tier keeps');
        await one.write('key', entryOf('x'.repeat(100_000)));
        await subject.damage(namespace, 'key', how);
        expect(await bodyOf(other, 'key')).toBeUndefined();
        expect(other.stats().damaged).toBe(1);
        await one.write('key', entryOf('again'));
        expect(await bodyOf(other, 'key')).toBe('again');
      },
    );

    test('an entry that has expired is not given', async () => {
      await one.write('gone', entryOf('x', { expiresAt: Date.now() - 1 }));
      await one.write('stays', entryOf('x', { staleAt: Date.now() - 1, expiresAt: Date.now() + 60_000 }));
      expect(await bodyOf(other, 'gone')).toBeUndefined();
      expect(await bodyOf(other, 'stays')).toBe('x');
    });

    test('T2: what was deleted, invalidated or cleared is not given, by nobody', async () => {
      for (const [key, tags] of [
        ['a', []],
        ['b', ['red']],
        ['c', ['red', 'blue']],
        ['d', ['blue']],
      ] as const)
        await one.write(key, entryOf(key, { tags }));
      await other.delete('a');
      await other.invalidate('red');
      for (const tier of [one, other]) {
        expect(await bodyOf(tier, 'a')).toBeUndefined();
        expect(await bodyOf(tier, 'b', ['red'])).toBeUndefined();
        expect(await bodyOf(tier, 'c', ['red', 'blue'])).toBeUndefined();
        expect(await bodyOf(tier, 'd', ['blue'])).toBe('d');
      }
      await one.clear();
      expect(await bodyOf(other, 'd', ['blue'])).toBeUndefined();
      await one.write('b', entryOf('anew', { tags: ['red'] }));
      expect(await bodyOf(other, 'b', ['red'])).toBe('anew');
    });

    test.each([
      ['deleted', (tier: Tier) => tier.delete('key')],
      ['invalidated', (tier: Tier) => tier.invalidate('red')],
      ['cleared', (tier: Tier) => tier.clear()],
    ])('T3: a load that began before the key was %s does not bring it back', async (_what, undo) => {
      const { mark } = await one.read('key', ['red']);
      await undo(other);
      await one.write('key', entryOf('old', { tags: ['red'] }), mark);
      for (const tier of [one, other]) expect(await bodyOf(tier, 'key', ['red'])).toBeUndefined();
      const again = await one.read('key', ['red']);
      expect(await one.write('key', entryOf('new', { tags: ['red'] }), again.mark)).toBe('kept');
      expect(await bodyOf(other, 'key', ['red'])).toBe('new');
    });

    test('T3: a load that began before the key was set does not take its place', async () => {
      const { mark } = await one.read('key', []);
      await other.write('key', entryOf('set'));
      await one.write('key', entryOf('loaded'), mark);
      for (const tier of [one, other]) expect([undefined, 'set']).toContain(await bodyOf(tier, 'key'));
    });

    test('T4: others hear what was deleted, set, invalidated and cleared; whoever did it does not', async () => {
      await one.delete('a');
      await one.write('b', entryOf('b'));
      await one.invalidate('red');
      await one.clear();
      const wanted = [
        { kind: 'key', key: 'a' },
        { kind: 'key', key: 'b' },
        { kind: 'tag', tag: 'red' },
        { kind: 'all' },
      ];
      await expect
        .poll(
          () => {
            other.poll?.();
            return heardByOther;
          },
          { interval: 5, timeout: subject.hearsWithinMs + 5_000 },
        )
        .toEqual(wanted);
      one.poll?.();
      expect(heardByOne).toEqual([]);
    });

    test('T4: nobody hears of what fills a gap', async () => {
      const { mark } = await one.read('key', []);
      await one.write('key', entryOf('loaded'), mark);
      await one.delete('last');
      await expect
        .poll(
          () => {
            other.poll?.();
            return heardByOther;
          },
          { interval: 5, timeout: subject.hearsWithinMs + 5_000 },
        )
        .toEqual([{ kind: 'key', key: 'last' }]);
    });

    test('a lease is held by one, and another’s when it is given up', async () => {
      const tries = await Promise.all(
        Array.from({ length: 20 }, (_, i) => (i % 2 ? one : other).lease('key', 5_000)),
      );
      const held = tries.filter((lease) => lease !== undefined);
      expect(held).toHaveLength(1);
      expect(await other.lease('another key', 5_000)).toBeDefined();
      await held[0]!.release();
      const next = await other.lease('key', 5_000);
      expect(next).toBeDefined();
      await next!.release();
    });

    test('writers, readers and deleters at once: an entry is whole, or not there', async () => {
      const text = (i: number): string => `${i} `.repeat(20_000);
      const work = async (tier: Tier, seed: number): Promise<void> => {
        for (let i = 0; i < 15; i++) {
          if ((i + seed) % 5 === 0) await tier.delete('key');
          else await tier.write('key', entryOf(text(i)));
          const found = await bodyOf(tier, 'key');
          if (found !== undefined) expect(found).toBe(text(Number(found.split(' ', 1)[0])));
        }
      };
      await Promise.all([work(one, 0), work(other, 1), work(one, 2), work(other, 3)]);
      expect([one.stats().damaged, other.stats().damaged]).toEqual([0, 0]);
    });
  });
}

export function entryOf(body: string, head: Partial<Entry> = {}): Entry {
  return {
    kind: 'value',
    madeAt: Date.now(),
    staleAt: Number.POSITIVE_INFINITY,
    expiresAt: Number.POSITIVE_INFINITY,
    tags: [],
    body: [Buffer.from(body)],
    ...head,
  };
}
