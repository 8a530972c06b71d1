// The first bundle of a process: what `bundle` loads for it is part of its time.
import { bundle, capture, load } from '@skein/closure';
import { order, pricing, tariff } from './price.mjs';

const captured = capture(pricing(tariff()));
const start = performance.now();
const bundled = await bundle(captured);
const ms = performance.now() - start;
const price = await load(bundled);
console.log(JSON.stringify({ ms, answer: price(order) }));
