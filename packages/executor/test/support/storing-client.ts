/** A program that stores something in a storage of the user's own and ends in one of several ways. */
import { cleanLeftovers, FunctionExecutor } from '@skein/executor';

const [scenario, storage = '', backend = 'localhost'] = process.argv.slice(2);

if (scenario === 'cleaner') {
  await cleanLeftovers({ storage, olderThanMs: 0 });
} else {
  const executor = new FunctionExecutor({ workers: 1, storage, backend: backend as 'localhost' });
  const large = new Uint8Array(2_000_000).fill(1); // too large for a message
  const length = await executor.callAsync((x: number) => large.length + x, 1);
  console.log(JSON.stringify({ executorId: executor.executorId, length }));
  if (scenario === 'idle') setInterval(() => {}, 1_000);
  if (scenario === 'group') {
    const endless = function* (): Generator<number> {
      for (let n = 0; ; n++) yield n;
    };
    executor
      .groupBy(
        (n: number) => [[n % 10, n]],
        endless(),
        (key) => key,
      )
      .catch(() => {});
  }
  if (scenario === 'exit') {
    executor.map(() => new Promise(() => {}), [1]);
    setTimeout(() => process.exit(3), 100); // until the call has begun, most likely: either way is to be cleaned up
  }
}
