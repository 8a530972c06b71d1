/** `npm start`: from a fresh clone to the main job, real functions in parallel over a real corpus. */
import { build } from './build.mjs';
import { root, show } from './lib/command.mjs';
import { checkNode, install } from './lib/install.mjs';
import { step } from './lib/say.mjs';

checkNode();
try {
  await install();
  await step('building the packages', build);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
console.log('\n$ npx skein run examples/03-word-count.ts\n');
process.exitCode = await show(`${root}node_modules/.bin/skein`, ['run', 'examples/03-word-count.ts']);
