/** The stages that look at the sources: format and lint, types, build. */
import { build } from '../build.mjs';
import { root, run } from '../lib/command.mjs';
import type { Stage } from './stage.ts';

const bin = `${root}node_modules/.bin/`;

export const format: Stage = {
  name: 'format',
  claim: 'every file is formatted and without lint, by Biome',
  async check() {
    const { stdout, stderr } = await run(`${bin}biome`, ['ci', '--error-on-warnings', '.']);
    return { note: /Checked \d+ files/.exec(stdout + stderr)?.[0] ?? 'checked' };
  },
};

export const types: Stage = {
  name: 'types',
  claim: 'sources, tests, examples, benchmarks and tools type-check, type tests included',
  async check() {
    await run(`${bin}tsc`, ['--build']);
    const { stdout } = await run(`${bin}tsc`, ['--project', 'tsconfig.check.json', '--listFilesOnly']);
    await run(`${bin}tsc`, ['--project', 'tsconfig.check.json']);
    const own = stdout
      .split('\n')
      .filter((file) => file.startsWith(root) && !file.includes('/node_modules/'));
    return { note: `${own.length} files of tests, examples and tools, after the packages` };
  },
};

export const builds: Stage = {
  name: 'build',
  claim: 'every package and the agent build',
  async check() {
    await build();
    return { note: 'every package, and the agent as one file' };
  },
};
