// Run only by CommonJS hosts: what exists there and nowhere else.
const path = require('node:path') as typeof import('node:path');
const { theme } = require('../harness/shape.ts') as typeof import('../harness/shape.ts');
const helperModule = require('./support/helper.ts') as typeof import('./support/helper.ts');
const { Point, helper } = require('./support/helper.ts') as typeof import('./support/helper.ts');

const { shapes, same } = theme('CommonJS');

same('a member of a required module', (x: number) => helperModule.helper(x), [1]);
same('a destructured require', (x: number) => helper(x) + new Point(3, 4).norm(), [1]);
same('a required builtin', () => path.basename('/a/b'));
same('a require inside the function', () => (require('node:path') as typeof path).basename('/c/d'));
same('a required package', (x: number) => (require('debug') as typeof import('debug')).humanize(x), [60_000]);
same('__filename and __dirname', () => [
  path.basename(__filename).replace(/\.\w+$/, ''),
  path.basename(__dirname),
]);
const local = (x: number) => x + 1;
module.exports.local = local;
same('an own export', (x: number) => (exports as { local: typeof local }).local(x), [1]);
same(
  'an own export by way of module',
  (x: number) => (module.exports as { local: typeof local }).local(x),
  [1],
);

module.exports.shapes = shapes;
