/** Programs on shared objects print the same in threads, in worker processes, and with their objects at a server. */
import { readFile } from 'node:fs/promises';
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

/** Each program has made sure, before it prints, that this process alone comes to the same. */
const programs = [
  {
    file: '10-shared-counter.ts',
    claim: 'three calls get 1, 2 and 3',
    prints: `[ 1, 2, 3 ]
3
`,
  },
  {
    file: '11-k-means.ts',
    claim: 'calls that share centroids find those of all points',
    prints: `20000 points around 5 centroids, found in 17 rounds:
  8.4179   1.7469   3.1982   4.4729
  3.6466   0.5628   9.7875   4.5023
  4.0033   3.4214   8.3347   9.3732
  9.1680   9.6998   7.6291   9.1742
  2.2333   7.2960   2.8919   2.7077
`,
  },
  {
    file: '12-logistic-regression.ts',
    claim: 'a shared model learns from the samples of all calls',
    prints: `loss     0.693 0.217 0.195 0.183 0.176 0.171 ... 0.167
weights  -0.028 -0.378 0.714 -1.036 1.474 -1.760 2.131 -2.499
right    9541 of 10000
`,
  },
  {
    file: '13-random-forest.ts',
    claim: 'a forest that calls have planted together says what one grown here says',
    prints: `60 trees of 100 irises, asked for 50 others
                  setosa  versicolor   virginica  <- they say
setosa                17           0           0
versicolor             0          17           0
virginica              0           2          14
`,
  },
  {
    file: '14-santa-claus.ts',
    claim: 'Santa sees whole groups, reindeer first, and everybody goes home',
    prints: `16 Christmases, 2018 to 2033, each with 9 reindeer
elves came in groups of 3, and never while 9 reindeer waited
`,
    // The server's operator sees these; of embedded objects that is who runs the program.
    logs: Array.from({ length: 16 }, (_, at) => `${2018 + at}: ho, ho, ho!`),
  },
  {
    file: '15-shared-mandelbrot.ts',
    claim: 'rows that calls have set in a matrix are the picture',
    prints: `600 x 400 pixels in 400 rows: out/shared-mandelbrot.png
sha256 of the pixels: 9f1e813392982d29
`,
  },
  {
    file: '16-all-reduce.ts',
    claim: 'gradients that calls have added up lead where those of all data lead',
    prints: `hidden     3.000 -1.000  4.000  1.000 -5.000  9.000  2.000 -6.000
learnt     2.998 -1.002  3.997  1.000 -4.999  9.000  1.996 -6.003
from 2 parties' samples, 200 steps of 128, off by 0.0069
`,
  },
];

// However busy the machine is: time limits are not what these tests are about.
const patient = { SKEIN_DSO_USER_CODE_TIME_LIMIT_MS: '60000' };

const forms = [
  { form: 'threads', env: () => ({ SKEIN_LOCALHOST_ISOLATION: 'thread' }), said: undefined },
  { form: 'worker processes', env: () => ({}), said: undefined },
  { form: 'objects at a server', env: () => ({ SKEIN_DSO: server.url }), said: () => server.lines },
];

describe.each(programs)('$file: $claim', ({ file, prints, logs = [] }) => {
  test.each(forms)(
    '$form',
    async ({ env, said }) => {
      const lines = (await output(file, { ...patient, ...env() })).split('\n');
      expect(lines.filter((line) => !line.startsWith('logger ')).join('\n')).toBe(prints);
      const logged = said?.() ?? lines;
      for (const log of logs) expect(logged.filter((line) => line.includes(log))).toHaveLength(1);
    },
    60_000,
  );
});

test('15: the picture shows the valley: light in the middle, black on both sides', async () => {
  const { width, height, channels, data } = decode(await readFile(`${folder}out/shared-mandelbrot.png`));
  expect({ width, height, channels }).toEqual({ width: 600, height: 400, channels: 3 });
  const pixel = (x: number, y: number): number[] => [...data.subarray((y * width + x) * 3).subarray(0, 3)];
  expect(pixel(0, 399)).toEqual([0, 0, 0]);
  expect(pixel(599, 200)).toEqual([0, 0, 0]);
  expect(Math.min(...pixel(250, 200))).toBeGreaterThan(150);
});

test('programs leave nothing at the server', async () => {
  await using dso = await connect(server.url);
  expect(await dso.stats()).toMatchObject([{ objects: 0, waiting: 0 }]);
});
