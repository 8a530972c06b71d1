/** A thread that reads an array of a cache, and says what it has found. */
import { parentPort, workerData } from 'node:worker_threads';
import { Cache, type CacheOptions } from '@skein/cache';

const cache = new Cache(workerData as CacheOptions);
await cache.has('nothing'); // from now on it hears of what other threads read
parentPort!.on('message', async (key: string) => {
  const array = await cache.get<Float64Array>(key);
  parentPort!.postMessage({ isShared: array?.buffer instanceof SharedArrayBuffer, seventh: array?.[7] });
});
parentPort!.postMessage('ready');
