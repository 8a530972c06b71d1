/**
 * Four processes count on one counter. To read it and to write it back are two steps, which only its lock makes one; who
 * has counted how often stands in a dictionary, where each has an entry of its own and needs no lock.
 */
import assert from 'node:assert/strict';
import { currentProcess, type DictProxy, Manager, Process, Value } from '@skein/multiprocessing';

async function count(counter: Value<'i'>, counts: DictProxy<string, number>, times: number): Promise<void> {
  const { name } = currentProcess();
  for (let i = 0; i < times; i++) {
    await counter.getLock().use(async () => counter.set((await counter.get()) + 1));
    await counts.set(name, (await counts.get(name, 0)) + 1);
  }
}

await using manager = new Manager();
const counts = manager.dict<string, number>();
const counter = new Value('i', 0);

const processes = [40, 30, 20, 10].map(
  (times) => new Process({ target: count, args: [counter, counts, times] }),
);
for (const process of processes) process.start();
for (const process of processes) await process.join();

const total = await counter.get();
assert.equal(total, 100);
for (const { name } of processes) console.log(name, 'has counted', await counts.get(name), 'times');
console.log('together', total);
