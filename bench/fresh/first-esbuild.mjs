// What the same text costs when esbuild alone bundles it, its loading and its service included.
import { order, pricing, round, tariff } from './price.mjs';

const contents = `${round}\nexport ${pricing}`;
const start = performance.now();
const { build } = await import('esbuild');
const { outputFiles } = await build({ stdin: { contents }, bundle: true, format: 'esm', write: false });
const ms = performance.now() - start;
const bundled = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
console.log(JSON.stringify({ ms, answer: bundled.pricing(tariff())(order) }));
