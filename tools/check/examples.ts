/** The examples as a reader runs them: by the built command, on the built packages. */
import { readdir } from 'node:fs/promises';
import { root, run } from '../lib/command.mjs';
import { CheckError, type Stage } from './stage.ts';

export const examples: Stage = {
  name: 'examples',
  claim: 'every example runs by `skein run`, on the built packages',
  async check() {
    const files = (await readdir(`${root}examples`)).filter((name) => /^\d\d-.*\.ts$/.test(name)).sort();
    if (files.length === 0) throw new CheckError('examples/ holds no numbered program');
    for (const file of files) {
      const { stdout, stderr } = await run(`${root}node_modules/.bin/skein`, ['run', `examples/${file}`]);
      if (stdout === '') throw new CheckError(`${file} prints nothing`);
      if (!/^skein: [\d,]+ calls?, /m.test(stderr)) throw new CheckError(`${file} ran no call:\n${stderr}`);
    }
    return { note: `${files.length} programs` };
  },
};
