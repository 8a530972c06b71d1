/**
 * The dining philosophers (Dijkstra, 1965): five sit around a table with a fork between each two, and eat with two forks.
 * Would all take the fork on their left first, they could starve, each with one fork; so each takes the lower one first.
 */
import assert from 'node:assert/strict';
import { Lock, Process, RawArray } from '@skein/multiprocessing';

const names = ['Plato', 'Hypatia', 'Spinoza', 'Kant', 'Arendt'];
const meals = 20;

const forks = names.map(() => new Lock());
const eating = new RawArray('b', names.length);
const eaten = new RawArray('i', names.length);

async function dine(seat: number): Promise<void> {
  const right = (seat + 1) % names.length;
  const left = (seat + names.length - 1) % names.length;

  async function eat(): Promise<void> {
    await eating.set(seat, 1);
    const table = await eating.slice();
    assert.deepEqual([table[left], table[right]], [0, 0]);
    await eaten.add(seat, 1);
    await eating.set(seat, 0);
  }

  const [lower, higher] = [forks[Math.min(seat, right)]!, forks[Math.max(seat, right)]!];
  for (let meal = 0; meal < meals; meal++) await lower.use(() => higher.use(eat));
}

const philosophers = names.map((name, seat) => new Process({ target: dine, args: [seat], name }));
for (const philosopher of philosophers) philosopher.start();
for (const philosopher of philosophers) await philosopher.join();

assert.deepEqual(
  philosophers.map(({ exitCode }) => exitCode),
  [0, 0, 0, 0, 0],
);
for (const [seat, name] of names.entries()) console.log(name.padEnd(8), await eaten.get(seat), 'meals');
