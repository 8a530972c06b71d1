/**
 * What ten stocks may cost in a year: 100 paths of each by geometric Brownian motion, simulated by a pool, and then once
 * more in this process. The paths of one stock are a picture, examples/out/stock-prices.svg.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { initialized, Pool } from '@skein/multiprocessing';
import { generator, normal } from './lib/random.ts';

/** What a share costs now, and by how much a year its price grows and swings. */
interface Stock {
  readonly name: string;
  readonly price: number;
  readonly drift: number;
  readonly volatility: number;
}

const days = 252; // of trade, in a year
const paths = 100;

/** A price for each day: its logarithm walks at random, with a drift. */
function simulate({ price, drift, volatility }: Stock, seed: number): Float64Array {
  const random = generator(seed);
  const prices = new Float64Array(days + 1).fill(price);
  for (let day = 1; day <= days; day++) {
    const step = (drift - volatility ** 2 / 2) / days + (volatility / Math.sqrt(days)) * normal(random);
    prices[day] = prices[day - 1]! * Math.exp(step);
  }
  return prices;
}

/** The price below which so many percent of the paths end. */
function percentile(percent: number, prices: readonly number[]): number {
  return prices.toSorted((a, b) => a - b)[Math.ceil((percent / 100) * prices.length) - 1]!;
}

/** Paths as thin lines over each other: the darker, the likelier. */
function plot(lines: readonly Float64Array[]): string {
  const highest = Math.max(...lines.map((prices) => Math.max(...prices)));
  const points = (prices: Float64Array): string =>
    [...prices].map((price, day) => `${3 * day},${(400 * (1 - price / highest)).toFixed(1)}`).join(' ');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${3 * days} 400" fill="none" stroke="#05a" stroke-opacity="0.3">`,
    ...lines.map((prices) => `<polyline points="${points(prices)}"/>`),
    '</svg>\n',
  ].join('\n');
}

const names = ['ASH', 'BIRCH', 'CEDAR', 'ELM', 'FIR', 'LARCH', 'MAPLE', 'OAK', 'PINE', 'YEW'];
const stocks = names.map(
  (name, i): Stock => ({ name, price: 20 + 15 * i, drift: 0.01 * i, volatility: 0.1 + 0.05 * (i % 5) }),
);
const tasks = stocks.flatMap((_, stock) =>
  Array.from({ length: paths }, (_, path) => [stock, path] as const),
);

// Each worker is told of the stocks once, and tasks say only which one they are about.
await using pool = new Pool(4, { initializer: (market: readonly Stock[]) => market, initargs: [stocks] });
const simulated = await pool.starmap(
  (stock: number, path: number) => simulate(initialized<Stock[]>()[stock]!, stock * paths + path),
  tasks,
);

const alone = tasks.map(([stock, path]) => simulate(stocks[stock]!, stock * paths + path));
assert.deepEqual(simulated, alone);

const cells = (first: string, others: readonly string[]): string =>
  first.padEnd(6) + others.map((cell) => cell.padStart(9)).join('');
console.log(cells('', ['today', 'mean', '5 %', 'median', '95 %']));
for (const [stock, { name, price }] of stocks.entries()) {
  const last = simulated.slice(stock * paths, (stock + 1) * paths).map((prices) => prices[days]!);
  const mean = last.reduce((sum, end) => sum + end) / paths;
  const percentiles = [5, 50, 95].map((percent) => percentile(percent, last));
  console.log(
    cells(
      name,
      [price, mean, ...percentiles].map((cell) => cell.toFixed(2)),
    ),
  );
}

const out = new URL('out/', import.meta.url);
mkdirSync(out, { recursive: true });
const file = fileURLToPath(new URL('stock-prices.svg', out));
writeFileSync(file, plot(simulated.slice(-paths)));
console.log(`the paths of ${names.at(-1)}: ${relative('', file)}`);
