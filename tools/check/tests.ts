/** All tests, counted from vitest's own results. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { build } from '../build.mjs';
import { root } from '../lib/command.mjs';
import { CheckError, type Stage } from './stage.ts';

interface Results {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly unknown[];
  }[];
}

export const tests: Stage = {
  name: 'tests',
  claim:
    'all tests pass, on the sources; programs that they start, the examples among them, on what is built',
  async check() {
    const file = `${root}.cache/tests.json`;
    await mkdir(`${root}.cache`, { recursive: true });
    await rm(file, { force: true });
    await build(); // at once after the stage of that name; alone, this one runs nothing stale
    const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${file}`];
    const vitest = spawn(`${root}node_modules/.bin/vitest`, ['run', '--mode', 'built', ...reporters], {
      cwd: root,
      stdio: 'inherit',
    });
    const [code]: unknown[] = await once(vitest, 'close');

    const results: Results = JSON.parse(await readFile(file, 'utf8'));
    const { numPassedTests: passed, numPendingTests: skipped } = results;
    // A file that does not load has no failed test in it, yet it failed.
    const broken = results.testResults.filter(
      ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
    ).length;
    const failed = results.numFailedTests + broken;
    if (passed + failed === 0) throw new CheckError('vitest found no tests');
    const note = `${passed} passed, ${failed} failed, ${skipped} skipped, ${results.testResults.length} files`;
    // An error outside of any test (a late rejection) fails the run as well.
    return { note, tests: { passed, failed: code === 0 ? failed : Math.max(failed, 1) } };
  },
};
