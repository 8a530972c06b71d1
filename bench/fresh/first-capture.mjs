// The first capture of a process, with the loading of the library and of what it looks into functions with.
import { order, pricing, tariff } from './price.mjs';

const start = performance.now();
const { bundle, capture, load } = await import('@skein/closure');
const captured = capture(pricing(tariff()));
const ms = performance.now() - start;
const price = await load(await bundle(captured));
console.log(JSON.stringify({ ms, answer: price(order) }));
