// What a process grows by while its threads work off a generator, 1,024 calls at a time: lazy-piscina.mjs <calls>.
import { Piscina } from 'piscina';

const filename = new URL('../contestants/workers/increment.mjs', import.meta.url).href;
const pool = new Piscina({ filename, minThreads: 2, maxThreads: 2 });
const count = Number(process.argv[2]);
await consume(1_000);

const before = process.memoryUsage.rss();
const mean = (await consume(count)) / count;
const bytes = Math.max(0, process.resourceUsage().maxRSS * 1024 - before);
console.log(JSON.stringify({ bytes, answer: mean }));
await pool.destroy();

async function consume(count) {
  let sum = 0;
  for (let n = 0; n < count; ) {
    const ahead = [];
    for (; n < count && ahead.length < 1024; n++) ahead.push(pool.run(n % 10));
    for (const result of await Promise.all(ahead)) sum += result;
  }
  return sum;
}
