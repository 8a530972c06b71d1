/** The program of README.md as a reader runs it: by the built command, on the built packages. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { root, run } from '../lib/command.mjs';
import { firstProgram } from './readme.ts';
import { CheckError, type Stage } from './stage.ts';

export const readme: Stage = {
  name: 'readme',
  claim:
    'the program of README.md runs by `skein run` on the built packages, as every example does in its test',
  async check() {
    const file = await readmeProgram();
    const { stdout, stderr } = await run(`${root}node_modules/.bin/skein`, ['run', file]);
    if (stdout === '') throw new CheckError('the program of README.md prints nothing');
    if (!/^skein: [\d,]+ calls?\b/m.test(stderr)) {
      throw new CheckError(`the program of README.md ran no call:\n${stderr}`);
    }
    return { note: 'the program of README.md' };
  },
};

/** The program that README.md opens with, in a file that the repo's packages can be imported from. */
async function readmeProgram(): Promise<string> {
  const program = firstProgram(await readFile(`${root}README.md`, 'utf8'));
  if (program === undefined) throw new CheckError('README.md opens with no program');
  const file = '.cache/readme.ts';
  await mkdir(`${root}.cache`, { recursive: true });
  await writeFile(root + file, program.source);
  return file;
}
