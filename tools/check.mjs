/** `npm test`: from a fresh clone, everything that CI checks. `npm test -- --help` lists the stages. */
import { root, show } from './lib/command.mjs';
import { checkNode, install } from './lib/install.mjs';

checkNode();
try {
  await install();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.log('0 passed, 1 failed');
  process.exit(1);
}
// From here on there is TypeScript.
process.exitCode = await show(process.execPath, [
  '--import',
  'tsx',
  `${root}tools/check/main.ts`,
  ...process.argv.slice(2),
]);
