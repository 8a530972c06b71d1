/**
 * Servers as tests and benchmarks get them, each by the same claims. Without one, and without a way to fetch it, its
 * test is skipped; in CI it fails.
 */
import { expect, test } from 'vitest';
import { NoServerError } from '../../servers/program.ts';
import { isAlive } from './support/alive.ts';
import { cases } from './support/cases.ts';
import { ownTemporaries } from './support/temporary.ts';

const leftovers = ownTemporaries();

test.for(cases.map((one) => [one.name, one] as const))(
  '%s starts empty, crashes, comes back, and leaves nothing',
  {
    timeout: 900_000,
  },
  async ([, { find, start, keeps, rare = false }], { skip }) => {
    const program = await find({ install: !rare }).catch((error: unknown) => {
      if (error instanceof NoServerError && (rare || !process.env['CI'])) return skip(error.message);
      throw error;
    });
    expect(program.version).not.toBe('');
    const [one, other] = await Promise.all([start(program), start(program)]);
    const pids = [...one.server.pids, ...other.server.pids];
    try {
      expect(new Set(pids).size).toBeGreaterThan(1);
      expect(await one.list()).toEqual([]);
      await one.write('mine');
      expect([await one.list(), await other.list()]).toEqual([['mine'], []]);
      if (one.stranger !== undefined) expect(await one.stranger()).toBeOneOf([401, 403]);

      await one.server.kill();
      expect(one.server.pids).toEqual([]);
      await expect(one.list()).rejects.toThrow(/ECONNREFUSED|fetch failed/);
      await one.server.restart();
      pids.push(...one.server.pids);
      expect(await one.list()).toEqual(keeps ? ['mine'] : []);
    } finally {
      await Promise.all([one.server.stop(), other.server.stop()]);
    }
    expect(pids.filter(isAlive)).toEqual([]);
    expect(leftovers()).toEqual([]);
    await one.server.stop();
    await expect(one.server.restart()).rejects.toThrow('has been stopped');
  },
);
