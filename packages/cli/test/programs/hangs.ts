/** Stores something, says so, and goes on until it is killed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FunctionExecutor } from '@skein/executor';

const executor = new FunctionExecutor({ workers: 1, backend: 'localhost' });
const large = new Uint8Array(4 * 2 ** 20);
await executor.callAsync(() => large.length, undefined);
console.log('stored');
await executor.callAsync(() => sleep(600_000), undefined);
