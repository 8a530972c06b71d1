/**
 * The Santa Claus problem (Trono, 1994): Santa sleeps until all nine reindeer are back from their holidays, or three of the
 * elves have a question; reindeer go first. Twenty beings in two calls, who have nothing in common but shared objects.
 */
import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { BrokenBarrierError, connect, type Dso } from '@skein/dso';
import { FunctionExecutor } from '@skein/executor';
import { type Kind, NorthPole, names, sizes } from './lib/north-pole.ts';
import { generator } from './lib/random.ts';

const [firstYear, lastYear] = [2018, 2033];

/** What a kind of beings has: room for one group, and a gate that its members and Santa pass together, in and out. */
function place(dso: Dso, kind: Kind) {
  const room = dso.semaphore(`room for ${kind}`, { permits: sizes[kind], owned: false });
  return { room, gate: dso.barrier(`gate of ${kind}`, { parties: sizes[kind] + 1 }) };
}

await using dso = await connect();
await using executor = new FunctionExecutor({ workers: 2 });

const places = { reindeer: place(dso, 'reindeer'), elves: place(dso, 'elves') };
// A class of ours, from a module of ours: it travels to where the object is.
const pole = dso.object('north pole', NorthPole);
const kidsBelieve = dso.atomicBoolean('kids believe', { initial: true });
const log = dso.logger('north pole');
// Nobody begins before both calls have: a worker may start late.
const everybody = dso.barrier('everybody', { parties: 2 });
// One rings it and another hears it: permits that belong to nobody.
const bell = dso.semaphore('bell', { permits: 0, owned: false });

async function santa(): Promise<void> {
  for (let year = firstYear; year <= lastYear; ) {
    await bell.acquire();
    const kind = await pole.next();
    const { room, gate } = places[kind];
    await gate.wait();
    if (kind === 'reindeer') await log.print(`${year++}: ho, ho, ho!`);
    if (year > lastYear) await kidsBelieve.set(false);
    await gate.wait();
    await room.release(sizes[kind]);
  }
  // Elves wait in vain now, for room or for two others.
  await places.elves.gate.abort();
  await places.elves.room.release(names.elves.length);
}

async function live(kind: Kind, who: string): Promise<void> {
  const random = generator(names[kind].indexOf(who));
  const { room, gate } = places[kind];
  for (;;) {
    await setTimeout((kind === 'reindeer' ? 20 : 10) * random()); // holidays; toys
    await room.acquire();
    if (!(await kidsBelieve.get())) return;
    if (await pole.join(kind, who)) await bell.release();
    await gate.wait();
    await pole.enter(who);
    await pole.leave(who);
    await gate.wait();
  }
}

async function all(kind: Kind): Promise<void> {
  const goHome = (error: unknown) => {
    if (!(error instanceof BrokenBarrierError)) throw error;
  };
  await everybody.wait();
  const lives = names[kind].map((who) => live(kind, who).catch(goHome));
  await Promise.all(kind === 'reindeer' ? [santa(), ...lives] : lives);
}

await executor.map(all, ['reindeer', 'elves'] as const);

const diary = await pole.diary();
const reindeer = diary.filter(({ kind }) => kind === 'reindeer');
const elves = diary.filter(({ kind }) => kind === 'elves');
assert.equal(reindeer.length, lastYear - firstYear + 1);
assert.ok(reindeer.every(({ who }) => new Set(who).size === sizes.reindeer));
assert.ok(elves.length > 0 && elves.every(({ who }) => new Set(who).size === sizes.elves));
assert.ok(elves.every(({ reindeerWaiting }) => reindeerWaiting < sizes.reindeer));

console.log(
  `${reindeer.length} Christmases, ${firstYear} to ${lastYear}, each with ${sizes.reindeer} reindeer`,
);
console.log(`elves came in groups of ${sizes.elves}, and never while ${sizes.reindeer} reindeer waited`);
const ownPlaces = Object.values(places).flatMap(({ room, gate }) => [room, gate]);
for (const object of [...ownPlaces, pole, kidsBelieve, log, bell, everybody]) await dso.delete(object);
