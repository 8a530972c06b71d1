/**
 * What bundling costs: node --import tsx --conditions=source packages/closure/bench/bundling.ts
 *
 * Measures, in one warm process and in interleaved rounds: a bundle of new code without imports; a bundle of new
 * code that imports from lodash-es, beside esbuild alone on the same import; and a bundle that was made before, whose
 * inputs are only looked at. Leaves out: starting node, loading esbuild and starting its process (the first build
 * pays that once, and it is printed apart), capturing, and packages of other sizes.
 */
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { bundle } from '../src/bundle/bundle.ts';
import { stopBundler } from '../src/bundle/service.ts';
import type { CapturedCode } from '../src/captured-code.ts';
import { codeOf, scriptOf } from '../test/support/captured-code.ts';

const rounds = 30;
const file = fileURLToPath(import.meta.url);
const root = fileURLToPath(new URL('.', import.meta.url));

/** Code that nobody has bundled before: `n` makes it another. */
function newCode(n: number, head = '', made = '1'): CapturedCode {
  const factory = `(skein$) => ({ units: [(before) => [() => ${made} + ${n}, () => {}]], imports: {} })`;
  return codeOf([scriptOf(file, head, factory)]);
}
const importing = (n: number): CapturedCode =>
  newCode(n, 'import { chunk, sumBy } from "lodash-es";\n', 'sumBy(chunk([1], 1))');

const contestants: Record<string, (n: number) => Promise<unknown>> = {
  'new code, no imports': (n) => bundle(newCode(n)),
  'new code, lodash-es': (n) => bundle(importing(n)),
  'esbuild alone, lodash-es': (n) =>
    esbuild.build({
      stdin: {
        contents: `export * from "lodash-es"; export const n = ${n};`.replace('*', '{ chunk, sumBy }'),
        resolveDir: root,
      },
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'node',
      sourcemap: 'external',
      sourcesContent: false,
      outfile: 'out.mjs',
    }),
  'seen before, lodash-es': () => bundle(importing(-1)),
  'seen before, no imports': () => bundle(newCode(-1)),
};

const start = performance.now();
await bundle(newCode(-1));
const firstPlain = performance.now() - start;
const importingStart = performance.now();
await bundle(importing(-1));
const firstImporting = performance.now() - importingStart;

const times = new Map(Object.keys(contestants).map((name): [string, number[]] => [name, []]));
for (let round = 0; round < rounds; round++) {
  for (const [name, run] of Object.entries(contestants)) {
    const begun = performance.now();
    await run(round);
    times.get(name)?.push(performance.now() - begun);
  }
}

console.log(`first of the process, no imports          ${firstPlain.toFixed(2)} ms`);
console.log(
  `first of the process, lodash-es           ${firstImporting.toFixed(1)} ms, loading and starting esbuild included`,
);
const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.floor(q * (sorted.length - 1))] ?? Number.NaN;
const sorted = new Map([...times].map(([name, all]) => [name, all.toSorted((a, b) => a - b)]));
for (const [name, all] of sorted) {
  const [low, middle, high] = [0.25, 0.5, 0.75].map((q) => quantile(all, q).toFixed(3));
  console.log(`${name.padEnd(40)}  ${middle} ms  (quartiles ${low} to ${high})`);
}
const ratios = (times.get('new code, lodash-es') ?? [])
  .map((ms, round) => ms / (times.get('esbuild alone, lodash-es')?.[round] ?? Number.NaN))
  .toSorted((a, b) => a - b);
console.log(
  `bundle / esbuild alone, round by round    ${quantile(ratios, 0.5).toFixed(2)}  (quartiles ${quantile(ratios, 0.25).toFixed(2)} to ${quantile(ratios, 0.75).toFixed(2)})`,
);
await Promise.all([stopBundler(), esbuild.stop()]);
