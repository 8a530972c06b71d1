/** A model that a package ships, kept near the calls that need it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cache } from '@skein/cache';
import { expect, test } from 'vitest';
import { output } from './program.ts';

/** How often calls have found the model in storage, on the machine, in memory. */
const places = (text: string): number[] =>
  [...text.matchAll(/(\d+) times/g)].map((match) => Number(match[1]));

test('30: the model is read from storage once in all runs, and hears voices, not noises', async () => {
  const storage = await mkdtemp(join(tmpdir(), 'skein-examples-'));
  await using models = new Cache({ namespace: 'voice-activity' });
  try {
    const env = { SKEIN_STORAGE: `file:${storage}` };
    const first = await output('30-voice-activity.ts', { ...env, SKEIN_WORKERS: '2' });
    const [read = 0, nearby = 0, warm = 0] = places(first);
    expect(read).toBe(1);
    expect(nearby).toBeLessThanOrEqual(1); // the other worker's first call, if it has come to that
    expect(read + nearby + warm).toBe(8);

    const recordings = [...first.matchAll(/^played {2}(.*)\nheard {3}(.*)$/gm)];
    expect(recordings).toHaveLength(8);
    expect(recordings.join('').match(/V/g)!.length).toBeGreaterThan(30);
    for (const [, played, heard] of recordings) {
      const voiced = [...played!].map((sign) => sign === 'V');
      // It is sure at once, and lets go within half a second.
      const expected = voiced.map(
        (is, i) => is || (heard![i] === 'V' && (voiced[i - 1] || voiced[i - 2] || false)),
      );
      expect([...heard!].map((sign) => sign === 'V')).toEqual(expected);
    }

    const second = await output('30-voice-activity.ts', { ...env, SKEIN_WORKERS: '1' });
    expect(places(second)).toEqual([0, 1, 7]);
    const heardOf = (text: string): string => text.slice(0, text.indexOf('8 calls'));
    expect(heardOf(second)).toBe(heardOf(first));
  } finally {
    await models.clear();
    await rm(storage, { recursive: true });
  }
}, 120_000);
