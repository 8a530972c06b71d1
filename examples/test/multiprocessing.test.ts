/** Programs on processes, as Python's are; each has made sure, before it prints, that this process alone comes to the same. */
import { readFile, rm } from 'node:fs/promises';
import { connect } from '@skein/dso';
import { decode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { folder, output } from './program.ts';
import { type Server, startServer } from './server.ts';

let server: Server;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

test('17: points that workers put into a queue are all plotted, and pi is the same on every run', async () => {
  const file = `${folder}out/monte-carlo-pi.png`;
  await rm(file, { force: true });
  expect(
    await output('17-monte-carlo-pi-queue.ts'),
  ).toBe(`1000000 points of 20 workers: out/monte-carlo-pi.png
pi is about 3.140056
`);

  const { width, height, channels, data } = decode(await readFile(file));
  expect({ width, height, channels }).toEqual({ width: 800, height: 800, channels: 3 });
  const [paper, inside, outside] = ['255,255,255', '0,255,255', '255,255,0'];
  for (let y = 0; y < height; y += 9) {
    for (let x = 0; x < width; x++) {
      const radius = Math.hypot(x + 0.5, height - y - 0.5);
      // The circle goes through this pixel: points of both kinds may be there.
      if (Math.abs(radius - width) < 1) continue;
      const at = (y * width + x) * channels;
      const pixel = data.subarray(at, at + channels).join();
      if (pixel !== paper) expect(pixel).toBe(radius < width ? inside : outside);
    }
  }
}, 120_000);

test('19: philosophers who take the lower fork first all eat, and neighbours never at once', async () => {
  expect(await output('19-dining-philosophers.ts')).toBe(`Plato    20 meals
Hypatia  20 meals
Spinoza  20 meals
Kant     20 meals
Arendt   20 meals
`);
}, 60_000);

test('20: quarters that processes have sorted and sent back are in order when merged', async () => {
  expect(await output('20-merge-sort.ts')).toBe(
    '400000 numbers in order: 0.0000 ... 0.2499 ... 0.5004 ... 0.7499 ... 1.0000\n',
  );
}, 60_000);

test('22: no count is lost, and a dictionary tells who has counted how often', async () => {
  expect(await output('22-distributed-counter.ts')).toBe(`Process-1 has counted 40 times
Process-2 has counted 30 times
Process-3 has counted 20 times
Process-4 has counted 10 times
together 100
`);
}, 60_000);

test('23: a pool whose workers know the market simulates what one process does, and the picture shows it', async () => {
  const file = `${folder}out/stock-prices.svg`;
  await rm(file, { force: true });
  expect(await output('23-stock-prices.ts')).toBe(`          today     mean      5 %   median     95 %
ASH       20.00    20.06    17.27    19.77    23.57
BIRCH     35.00    35.99    26.12    36.59    45.12
CEDAR     50.00    51.92    37.10    50.83    70.97
ELM       65.00    65.29    42.55    62.95    89.70
FIR       80.00    85.46    53.75    81.09   129.67
LARCH     95.00    99.79    86.05    98.40   116.80
MAPLE    110.00   119.63    94.53   118.89   145.67
OAK      125.00   134.20    94.14   131.58   186.37
PINE     140.00   148.42    93.34   140.74   215.53
YEW      155.00   164.72   100.98   164.55   230.10
the paths of YEW: out/stock-prices.svg
`);
  const picture = await readFile(file, 'utf8');
  expect(picture).toMatch(/^<svg /);
  expect(picture.match(/<polyline /g)).toHaveLength(100);
}, 60_000);

/** Those that share the most: queues, values, locks, a barrier and an event. */
const programs = [
  {
    file: '18-producer-consumer.ts',
    claim: 'what producers put into a bounded queue comes out at the end of the pipeline, once',
    prints: `300 squares came, 8955050 together
left in the queues: 0
`,
  },
  {
    file: '21-bank.ts',
    claim: 'whoever counts the money under all locks finds it all',
    prints: `180 transfers, and at every audit 4000 in all
account 0: 1343
account 1: 687
account 2: 633
account 3: 1337
`,
  },
];

const forms = [
  { form: 'worker processes', env: () => ({}) },
  { form: 'threads', env: () => ({ SKEIN_LOCALHOST_ISOLATION: 'thread' }) },
  { form: 'objects at a server', env: () => ({ SKEIN_DSO: server.url }) },
];

describe.each(programs)('$file: $claim', ({ file, prints }) => {
  test.each(forms)(
    '$form',
    async ({ env }) => {
      expect(await output(file, env())).toBe(prints);
    },
    60_000,
  );
});

test('programs leave nothing at the server', async () => {
  await using dso = await connect(server.url);
  expect(await dso.stats()).toMatchObject([{ objects: 0, waiting: 0 }]);
});
