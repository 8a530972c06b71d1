/** All tests. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { build } from '../build.mjs';
import { root } from '../lib/command.mjs';
import { REPORT_FILE, type Report } from './reporter.ts';
import { CheckError, type Stage } from './stage.ts';

export const tests: Stage = {
  name: 'tests',
  claim:
    'all tests pass, on the sources; programs that they start, the examples among them, on what is built',
  async check() {
    const file = `${root}.cache/tests.json`;
    await mkdir(`${root}.cache`, { recursive: true });
    await rm(file, { force: true });
    await build(); // at once after the stage of that name; alone, this one runs nothing stale
    const reporters = ['--reporter=dot', `--reporter=${root}tools/check/reporter.ts`];
    const vitest = spawn(`${root}node_modules/.bin/vitest`, ['run', '--mode', 'built', ...reporters], {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, [REPORT_FILE]: file },
    });
    const [code]: unknown[] = await once(vitest, 'close');

    const { passed, skipped, files, failures } = JSON.parse(await readFile(file, 'utf8')) as Report;
    const failed = failures.length;
    if (passed + failed === 0) throw new CheckError('vitest found no tests');
    const note = `${passed} passed, ${failed} failed, ${skipped} skipped, ${files.length} files`;
    return { note, failures, tests: { passed, failed: code === 0 ? failed : Math.max(failed, 1) } };
  },
};
