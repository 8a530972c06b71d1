// What the client's memory grows by while it maps over a generator: lazy-skein.mjs <calls> <kept | stream>.
import { FunctionExecutor } from '@skein/executor';

const count = Number(process.argv[2]);
const stream = process.argv[3] === 'stream';

const executor = new FunctionExecutor({ workers: 2 });
await consume(executor.map(increment, inputs(1_000), { stream }));

const before = process.memoryUsage.rss();
const mean = (await consume(executor.map(increment, inputs(count), { stream }))) / count;
const bytes = Math.max(0, process.resourceUsage().maxRSS * 1024 - before);
console.log(JSON.stringify({ bytes, answer: mean }));
await executor.close();

function increment(n) {
  return n + 1;
}

function* inputs(count) {
  for (let n = 0; n < count; n++) yield n % 10;
}

async function consume(job) {
  let sum = 0;
  // Without `stream`, all results at once, as who does not think of memory asks for them.
  for await (const result of stream ? job : await job) sum += result;
  return sum;
}
