/** Programs that start from data; where that is cheap, each has made sure that this process alone comes to the same. */
import { readFile, rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { folder, output } from './program.ts';

test('25: words that workers read and add up by key are all there', async () => {
  expect(await output('25-word-count-by-key.ts')).toBe(`436,209 words, 14,237 of them different
government      1,006
americans         823
president         405
administration    378
education         341
opportunity       292
america's         283
legislation       277
development       273
community         259
`);
}, 60_000);

test('26: every row of two tables comes to the group of its key', async () => {
  expect(
    await output('26-join-two-tables.ts'),
  ).toBe(`3376 airports, of which 303 have flights; those with the most:
       flights  to
ATL   414,513 173  William B Hartsfield-Atlanta Intl, Atlanta
ORD   350,380 149  Chicago O'Hare International, Chicago
DFW   281,281 134  Dallas-Fort Worth International, Dallas-Fort Worth
DEN   241,443 127  Denver Intl, Denver
LAX   215,608  90  Los Angeles International, Los Angeles
PHX   199,408  88  Phoenix Sky Harbor International, Phoenix
IAH   185,172 114  George Bush Intercontinental, Houston
LAS   172,876  91  McCarran International, Las Vegas
DTW   161,989 118  Detroit Metropolitan-Wayne County, Detroit
SFO   140,587  74  San Francisco International, San Francisco
`);
}, 60_000);

test('27: reviews cut within quoted texts are all felt, and the map shows each city in its colour', async () => {
  const file = `${folder}out/sentiment.svg`;
  await rm(file, { force: true });
  expect(await output('27-sentiment-by-city.ts')).toBe(`Honolulu     21° N   2.06
Baton Rouge  30° N   1.66
Austin       30° N   1.51
Tallahassee  30° N   1.39
Salem        45° N  -0.85
Helena       47° N  -0.93
Bismarck     47° N  -1.07
Juneau       58° N  -1.63
10000 reviews of restaurants in 50 cities: out/sentiment.svg
`);
  const picture = await readFile(file, 'utf8');
  const dots = [
    ...picture.matchAll(/translate\((-?[\d.]+),(-?[\d.]+)\)"[^>]* fill="rgb\((\d+), (\d+), (\d+)\)"/g),
  ]
    .map((match) => match.slice(1).map(Number))
    .map(([, y, red, , blue]) => ({ y: y!, redness: red! - blue! }));
  expect(dots).toHaveLength(50);
  // Alaska and Hawaii stand below the others, and apart.
  const mainland = dots.filter(({ y }) => y < 450);
  expect(mainland).toHaveLength(48);
  const [north, south] = [mainland.filter(({ y }) => y < 180), mainland.filter(({ y }) => y > 300)];
  expect(Math.min(...north.map(({ redness }) => redness))).toBeGreaterThan(0);
  expect(Math.max(...south.map(({ redness }) => redness))).toBeLessThan(0);
}, 60_000);

test('28: delays by the hour are those of the same flights as JSON, and a week reads 2 of 11 row groups', async () => {
  const text = await output('28-flight-delays.ts');

  const json = await readFile(`${folder}node_modules/vega-datasets/data/flights-200k.json`, 'utf8');
  const flights: { time: number; delay: number }[] = JSON.parse(json);
  const expected = Array.from({ length: 24 }, (_, hour) => {
    const delays = flights.filter(({ time }) => Math.floor(time) === hour).map(({ delay }) => delay);
    return [
      hour,
      delays.length,
      (delays.reduce((sum, delay) => sum + delay, 0) / delays.length).toFixed(1),
    ].join(' ');
  });
  const table = text.split('\n').slice(1, 25);
  expect(table.map((line) => line.replaceAll('#', '').trim().replaceAll(/ +/g, ' '))).toEqual(expected);

  expect(text).toContain('9 of 11 row groups left out: none of their rows can match');
  // As DuckDB has it.
  expect(text.slice(text.indexOf('115,230'))).toBe(`115,230 flights, and of airports with 1,000 of them
latest   SEA 24.4  JFK 18.5  STL 16.6  DEN 16.2  OAK 15.6
soonest  IAH 3.3  PIT 3.9  CLT 4.1  BNA 5.2  CLE 5.2
`);
}, 60_000);

test('29: each address has its own reducer, which gets the counts of its parts', async () => {
  const lines = (await output('29-top-words-of-each.ts')).trimEnd().split('\n');
  expect(lines.map((line) => Number(line.slice(0, 4)))).toEqual(
    Array.from({ length: 22 }, (_, i) => 2000 + i),
  );
  expect(lines[2]).toBe('2002: afghanistan 13, terrorist 10, terrorists 10, americans 8, destruction 5');
  expect(lines[3]).toBe('2003: americans 17, government 12, inspectors 11, intelligence 10, materials 7');
  expect(lines[20]).toBe('2020: americans 20, administration 19, healthcare 9, legislation 9, opportunity 9');
});
