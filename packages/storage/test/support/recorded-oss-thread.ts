/** The thread of recorded-oss.ts. */
import { parentPort } from 'node:worker_threads';
import type { Order } from './recorded-oss.ts';
import { startOssService } from './recorded-oss-service.ts';

const service = await startOssService();
const { port, accessKeyId, accessKeySecret } = service;
parentPort!.on('message', async ({ id, method, times }: Order) => {
  const result = method === 'throttle' ? service.throttle(times) : await service[method]();
  parentPort!.postMessage({ id, result });
});
parentPort!.postMessage({ port, accessKeyId, accessKeySecret });
