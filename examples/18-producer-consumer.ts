/**
 * A pipeline: producers put numbers into a queue with room for ten, and wait while it is full; workers square what they
 * take from it; a consumer adds the squares up. A stage ends when the one before it has: `null` says so.
 */
import assert from 'node:assert/strict';
import { JoinableQueue, Process, Queue, Value } from '@skein/multiprocessing';

const each = 150;

async function produce(numbers: Queue<number | null>, first: number): Promise<void> {
  for (let number = first; number < first + each; number++) await numbers.put(number);
}

async function square(numbers: JoinableQueue<number | null>, squares: Queue<number | null>): Promise<void> {
  for (;;) {
    const number = await numbers.get();
    if (number !== null) await squares.put(number ** 2);
    // Not earlier: who waits for the first queue relies on the square being in the second.
    await numbers.taskDone();
    if (number === null) return;
  }
}

async function consume(squares: Queue<number | null>, count: Value<'i'>, sum: Value<'d'>): Promise<void> {
  for (let square = await squares.get(); square !== null; square = await squares.get()) {
    await count.add(1);
    await sum.add(square);
  }
}

const numbers = new JoinableQueue<number | null>(10);
const squares = new Queue<number | null>();
const [count, sum] = [new Value('i', 0), new Value('d', 0)];

const producers = [0, each].map((first) => new Process({ target: produce, args: [numbers, first] }));
const workers = [0, 1].map(() => new Process({ target: square, args: [numbers, squares] }));
const consumer = new Process({ target: consume, args: [squares, count, sum] });
for (const process of [...producers, ...workers, consumer]) process.start();

for (const producer of producers) await producer.join();
for (const _ of workers) await numbers.put(null);
await numbers.join();
await squares.put(null);
await consumer.join();

const n = producers.length * each;
assert.equal(await count.get(), n);
assert.equal(await sum.get(), ((n - 1) * n * (2 * n - 1)) / 6);
console.log(`${await count.get()} squares came, ${await sum.get()} together`);
console.log(`left in the queues: ${(await numbers.qsize()) + (await squares.qsize())}`);
