/** The examples as a reader runs them: by the built command, on the built packages. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { root, run } from '../lib/command.mjs';
import { firstProgram } from './readme.ts';
import { CheckError, type Stage } from './stage.ts';

export const examples: Stage = {
  name: 'examples',
  claim: 'every example, and the program of README.md, runs by `skein run` on the built packages',
  async check() {
    const files = (await readdir(`${root}examples`)).filter((name) => /^\d\d-.*\.ts$/.test(name)).sort();
    if (files.length === 0) throw new CheckError('examples/ holds no numbered program');
    for (const file of files) await runExample(`examples/${file}`);
    await runExample(await readmeProgram());
    return { note: `${files.length} programs, and the one of README.md` };
  },
};

async function runExample(file: string): Promise<void> {
  const { stdout, stderr } = await run(`${root}node_modules/.bin/skein`, ['run', file]);
  if (stdout === '') throw new CheckError(`${file} prints nothing`);
  if (!/^skein: [\d,]+ calls?\b/m.test(stderr)) throw new CheckError(`${file} ran no call:\n${stderr}`);
}

/** The program that README.md opens with, in a file that the repo's packages can be imported from. */
async function readmeProgram(): Promise<string> {
  const program = firstProgram(await readFile(`${root}README.md`, 'utf8'));
  if (program === undefined) throw new CheckError('README.md opens with no program');
  const file = '.cache/readme.ts';
  await mkdir(`${root}.cache`, { recursive: true });
  await writeFile(root + file, program.source);
  return file;
}
