/**
 * Two tables joined by the code of an airport: what airports are called, and how often one flies from each to which others.
 * Rows go from the workers that read them to those that join them through storage, sorted, so that neither table need fit
 * in memory.
 */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { FunctionExecutor } from '@skein/executor';
import { type DataPartition, objects } from '@skein/partitioner';

interface Airport {
  readonly iata: string;
  readonly name: string;
  readonly city: string;
}

interface Route {
  readonly origin: string;
  readonly destination: string;
  readonly count: number;
}

const table = (file: string): string =>
  fileURLToPath(new URL(`../data/${file}`, import.meta.resolve('vega-datasets')));

async function* byCode(part: DataPartition): AsyncGenerator<[string, Airport]> {
  for await (const airport of part.records<Airport>()) yield [airport.iata, airport];
}

async function* byOrigin(part: DataPartition): AsyncGenerator<[string, Route]> {
  for await (const route of part.records<Route>()) yield [route.origin, route];
}

await using executor = new FunctionExecutor();
const rows = await executor.cogroup(
  { map: byCode, data: objects(table('airports.csv'), { bytes: '64KiB' }) },
  {
    map: byOrigin,
    data: objects(table('flights-airport.csv'), { bytes: '16KiB', types: { count: 'number' } }),
  },
  async (code, airports, routes) => {
    const [airport] = await airports.toArray();
    let [flights, destinations] = [0, 0];
    for await (const { count } of routes) {
      flights += count;
      destinations++;
    }
    return { code, airport, flights, destinations };
  },
);

const flown = rows.filter(({ flights }) => flights > 0);
// Every row of both tables has come to one group.
assert.equal(rows.filter(({ airport }) => airport !== undefined).length, 3376);
assert.equal(
  flown.reduce((sum, { destinations }) => sum + destinations, 0),
  5366,
);

console.log(`${rows.length} airports, of which ${flown.length} have flights; those with the most:`);
console.log('       flights  to');
const busiest = flown.sort((a, b) => b.flights - a.flights).slice(0, 10);
for (const { code, airport, flights, destinations } of busiest) {
  const [often, many] = [flights.toLocaleString('en').padStart(8), String(destinations).padStart(3)];
  console.log(`${code}  ${often} ${many}  ${airport?.name}, ${airport?.city}`);
}
