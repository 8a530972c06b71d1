/**
 * What encode and decode cost beside `v8.serialize` and `structuredClone`, in one process, interleaved: run by
 * `node --import tsx --conditions=source packages/codec/bench/codec.ts`. Each round times all three; a line gives
 * the medians in microseconds and codec's time over v8's with its quartiles. It does not measure transport, nor
 * memory. v8 checks nothing and forgets prototypes, -0 in no array, symbols and URLs; the ratio is the price of both.
 */
import { deserialize, serialize } from 'node:v8';
import { decode, decodeAll, encode, encodeAll } from '@skein/codec';

const ROUNDS = 15;

const rows = Array.from({ length: 10_000 }, (_, id) => ({
  id,
  name: `n${id}`,
  score: id / 3,
  active: id % 2 === 0,
  tags: null,
}));
const numbers = Array.from({ length: 100_000 }, (_, i) => i / 7);
const cases: readonly (readonly [name: string, value: unknown, repeat: number])[] = [
  ['an integer', 7, 1000],
  ['{ a, b, c: [3] }', { a: 1, b: 'two', c: [1, 2, 3] }, 1000],
  ['100,000 floats', numbers, 1],
  ['100,000 integers', numbers.map(Math.trunc), 1],
  ['10,000 objects', rows, 1],
  ['100,000 words', numbers.map((n) => `w${Math.trunc(n) % 1000}`), 1],
  ['1,000 nested Maps', new Map(rows.slice(0, 1000).map((row) => [row.id, new Map([[row.name, row]])])), 1],
  ['100 MB of bytes', new Uint8Array(100 * 1024 * 1024), 1],
];

function time(work: () => unknown, repeat: number): number {
  const start = performance.now();
  for (let i = 0; i < repeat; i++) work();
  return ((performance.now() - start) / repeat) * 1000;
}

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
}

function compare(name: string, repeat: number, ours: () => unknown, theirs: () => unknown): void {
  for (let i = 0; i < (repeat > 1 ? 20_000 : 2); i++) {
    ours();
    theirs();
  }
  const a: number[] = [];
  const b: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    a.push(time(ours, repeat));
    b.push(time(theirs, repeat));
  }
  const ratios = a.map((value, i) => value / b[i]!);
  const shown = [quantile(a, 0.5), quantile(b, 0.5)].map((us) => us.toFixed(us < 10 ? 2 : 0).padStart(9));
  const spread = [0.25, 0.5, 0.75].map((q) => quantile(ratios, q).toFixed(2));
  console.log(`${name.padEnd(36)} ${shown.join(' ')}   ${spread[1]} (${spread[0]}–${spread[2]})`);
}

console.log(`${''.padEnd(36)}     codec      peer   ratio (quartiles)`);
for (const [name, value, repeat] of cases) {
  const bytes = encode(value).toBytes();
  const peer = serialize(value);
  compare(
    `${name}: encode / v8`,
    repeat,
    () => encode(value).toBytes(),
    () => serialize(value),
  );
  compare(
    `${name}: decode / v8`,
    repeat,
    () => decode(bytes),
    () => deserialize(peer),
  );
  if (repeat > 1)
    compare(
      `${name}: both / structuredClone`,
      repeat,
      () => decode(encode(value).toBytes()),
      () => structuredClone(value),
    );
}
const chunk = encodeAll(numbers).toBytes();
compare(
  'chunk of 100,000 floats: encode / v8',
  1,
  () => encodeAll(numbers).toBytes(),
  () => serialize(numbers),
);
compare(
  'chunk of 100,000 floats: decode / v8',
  1,
  () => decodeAll(chunk),
  () => deserialize(serialize(numbers)),
);
