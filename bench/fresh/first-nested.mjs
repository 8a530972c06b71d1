// The first map within a call, of an executor with two warm workers: first-nested.mjs <calls>.
import { FunctionExecutor } from '@skein/executor';

const executor = new FunctionExecutor({ workers: 2 });
const data = Array.from({ length: Number(process.argv[2]) }, (_, n) => n);
await executor.map(increment, data, { chunksize: 1 });

const start = performance.now();
const results = await executor.callAsync(mapWithin, data);
const ms = performance.now() - start;
console.log(JSON.stringify({ ms, answer: results.reduce((sum, result) => sum + result, 0) }));
await executor.close();

function increment(n) {
  return n + 1;
}

async function mapWithin(data) {
  return new FunctionExecutor().map(increment, data);
}
