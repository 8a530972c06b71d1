/** Twelve calls; every fifth fails. */
import { FunctionExecutor } from '@skein/executor';

const executor = new FunctionExecutor({ workers: 2, backend: 'localhost' });
const job = executor.map(
  function work(n: number) {
    console.log(`begin ${n}`);
    if (n % 5 === 4) throw new RangeError(`too far by ${n > 5 ? 'much' : 'little'}`);
    console.log(`end ${n}`);
    return n;
  },
  Array.from({ length: 12 }, (_, n) => n),
);
for await (const _ of job.completed());
await executor.close();
