/** A process whose files may soon grow no more: what a cache does then. */
import { once } from 'node:events';
import { Cache } from '@skein/cache';

const [directory = ''] = process.argv.slice(2);
let warnings = 0;
process.on('warning', ({ name }) => {
  if (name === 'SkeinWarning') warnings++;
});
const cache = new Cache({ namespace: 'full', tiers: ['node'], node: { directory } });
await cache.set('small', 'kept');
process.send?.('ready');
await once(process, 'message');

let loads = 0;
const load = (): Uint8Array => {
  loads++;
  return new Uint8Array(200_000);
};
const large = [(await cache.getOrSet('large', load)).length, (await cache.getOrSet('large', load)).length];
const small = await cache.get('small');
await new Promise(setImmediate); // warnings are told in the next turn
process.send?.({
  result: { small, large, loads, warnings, lastFailure: cache.stats().tiers['node']?.lastFailure },
});
process.disconnect();
