/**
 * How late flights are: by the hour, from an Arrow file, and by the airport, from a week of a Parquet file of three months.
 * Of both, only the columns that are named are read, and of the Parquet file only the row groups that can have something
 * of that week, by the statistics in its footer.
 */
import { fileURLToPath } from 'node:url';
import { FunctionExecutor } from '@skein/executor';
import { type DataPartition, objects } from '@skein/partitioner';

const data = (file: string): string =>
  fileURLToPath(new URL(`../data/${file}`, import.meta.resolve('vega-datasets')));

/** Unlike means, these may be added up in any grouping. */
interface Delays {
  readonly flights: number;
  readonly minutes: number;
}

const add = (a: Delays, b: Delays): Delays => ({
  flights: a.flights + b.flights,
  minutes: a.minutes + b.minutes,
});
const mean = ({ flights, minutes }: Delays): number => minutes / flights;

function tally<K>(all: Map<K, Delays>, key: K, minutes: number): void {
  all.set(key, add(all.get(key) ?? { flights: 0, minutes: 0 }, { flights: 1, minutes }));
}

/** By columns: typed arrays, which are the bytes of the file as they are. */
async function byHour(part: DataPartition): Promise<Map<number, Delays>> {
  const table = await part.arrow();
  const times: Float32Array = table.getChild('time')!.toArray();
  const delays: Int16Array = table.getChild('delay')!.toArray();
  const hours = new Map<number, Delays>();
  for (const [row, time] of times.entries()) tally(hours, Math.floor(time), delays[row]!);
  return hours;
}

/** By records: the column is of 64 bits, so its numbers are bigints. */
async function byAirport(part: DataPartition): Promise<Map<string, Delays>> {
  const airports = new Map<string, Delays>();
  for await (const { origin, delay } of part.records<{ origin: string; delay: bigint }>()) {
    tally(airports, origin, Number(delay));
  }
  return airports;
}

await using executor = new FunctionExecutor();

const hours = await executor.reduceByKey(
  byHour,
  objects(data('flights-200k.arrow'), { columns: ['time', 'delay'] }),
  add,
);
console.log('hour  flights  minutes late');
for (const [hour, delays] of hours) {
  const bar = '#'.repeat(Math.max(0, Math.round(mean(delays))));
  console.log(
    `${String(hour).padStart(4)} ${String(delays.flights).padStart(8)} ${mean(delays).toFixed(1).padStart(6)} ${bar}`,
  );
}

const week = objects(data('flights-3m.parquet'), {
  bytes: '1MiB',
  columns: ['origin', 'delay'],
  where: [
    ['date', '>=', '2001-02-14'],
    ['date', '<', '2001-02-21'],
  ],
});
const plan = await week.plan();
const airports = await executor.reduceByKey(byAirport, plan.partitions, add);

console.log(`\n${plan}\n`);
const flights = airports.reduce((sum, [, delays]) => sum + delays.flights, 0);
console.log(`${flights.toLocaleString('en')} flights, and of airports with 1,000 of them`);
const busy = airports
  .filter(([, delays]) => delays.flights >= 1000)
  .sort(([, a], [, b]) => mean(b) - mean(a));
for (const [name, list] of [
  ['latest', busy.slice(0, 5)],
  ['soonest', busy.slice(-5).reverse()],
] as const) {
  console.log(
    `${name.padEnd(7)}  ${list.map(([origin, delays]) => `${origin} ${mean(delays).toFixed(1)}`).join('  ')}`,
  );
}
