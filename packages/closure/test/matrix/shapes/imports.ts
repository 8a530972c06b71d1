import * as os from 'node:os';
import path, { basename } from 'node:path';
import debug from 'debug';
import { chunk, sumBy } from 'lodash-es';
import { theme } from '../harness/shape.ts';
import data from './support/data.json' with { type: 'json' };
import type { Options } from './support/helper.ts';
import * as everything from './support/helper.ts';
import increment, { helper, registry, renamed } from './support/helper.ts';

const { shapes, same } = theme('imports');

export { shapes };

const factor = 3;

same('default import', (x: number) => increment(x), [1]);
same('named import, two files deep', (x: number) => helper(x), [1]);
same('namespace import', (x: number) => everything.helper(x) + everything.default(x), [1]);
same('re-exported under another name', (x: number) => renamed(x), [1]);
same('imported function itself', helper, [1]);
same('imported default function itself', increment, [1]);
same('function of another module reached through data', registry.double, [1]);
same(
  'imported name used by a captured function',
  (
    (f) => (x: number) =>
      f(x) + factor
  )((x: number) => helper(x)),
  [1],
);
same('type-only import', (x: number, options?: Options) => x + (options?.n ?? 1), [1]);
same(
  'imported functions in data',
  (
    (list) => (x: number) =>
      list.map((f) => f(x))
  )([helper, increment]),
  [1],
);
same('node: builtins', () => [basename('/a/b.txt'), path.sep, typeof os.cpus().length]);
same('function of a node: builtin itself', basename, ['/q/w.e']);
same('ES module package', (x: number) => chunk([x, 2, 3], 2).length + sumBy([{ n: x }], 'n'), [1]);
same('function of a package itself', chunk<number>, [[1, 2, 3], 2]);
same('CommonJS package with dependencies', (x: number) => debug.humanize(x), [60_000]);
same('JSON import', (x: number) => data.k + x, [1]);
