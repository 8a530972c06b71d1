import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { expect, test } from 'vitest';
import { folder, output } from './program.ts';

test('01: captured variables and imports travel, and results come in input order', async () => {
  const lines = (await output('01-parallel-map.ts')).trimEnd().split('\n');
  const names = ['ada', 'barbara', 'edsger', 'frances', 'grace', 'hedy', 'katherine', 'radia'];
  const expected = names.map((name) => {
    let digest = name;
    for (let round = 0; round < 20_000; round++) {
      digest = createHash('sha256').update(`skein${digest}`).digest('hex');
    }
    return `${name.padEnd(10)} ${digest.slice(0, 12)}`;
  });
  expect(lines).toEqual(expected);
});

test('02: the seeded estimate of pi is the same on every run, and near', async () => {
  expect(await output('02-monte-carlo-pi.ts')).toBe('pi is about 3.14162672, 3.4e-5 off\n');
});

test('03: the parallel word count is the sequential one, of the whole corpus', async () => {
  const text = await output('03-word-count.ts');
  expect(text).toContain('233 addresses by 43 presidents: 1,803,699 words, 28,369 of them different\n');
  expect(text).toContain('the 151,264, of 97,345, and 61,777, to 61,756');
  expect(text).toMatch(/in parallel +\d+\.\d\d s/);
  expect(text).toMatch(/in this process +\d+\.\d\d s.*: \d+\.\d\dx/);
}, 120_000);

test('04: the picture shows the set: black within, mirrored at the real axis, coloured outside', async () => {
  const file = `${folder}out/mandelbrot.png`;
  await rm(file, { force: true });
  expect(await output('04-mandelbrot.ts')).toBe('1200 x 800 pixels in 32 bands: out/mandelbrot.png\n');

  const { width, height, channels, data } = decode(await readFile(file));
  expect({ width, height, channels }).toEqual({ width: 1200, height: 800, channels: 3 });
  const pixel = (x: number, y: number): number[] => [
    ...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
  ];
  expect(pixel(800, 400)).toEqual([0, 0, 0]);
  expect(pixel(467, 400)).toEqual([0, 0, 0]);
  expect(pixel(0, 0)).not.toEqual([0, 0, 0]);
  // Row y lies as far above the axis as row 800 - y below it.
  for (let x = 0; x < width; x += 7) expect(pixel(x, 250)).toEqual(pixel(x, 550));
}, 60_000);

test('05: the grid search finds the best pair, and the valley around it', async () => {
  const lines = (await output('05-grid-search.ts')).trimEnd().split('\n');
  expect(lines.at(-1)).toBe('best: width 4, ridge 0.0001, 98.7 % right');
  const numbers = lines.map((line) => line.trim().split(/ +/).map(Number));
  expect(numbers[2]).toEqual([1e-6, 1e-4, 1e-3, 1e-2, 0.1, 1, 10]);
  expect(numbers.slice(3, 10)).toEqual([
    [0.25, 7, 7, 7, 7, 7, 5, 5],
    [0.5, 11, 10, 9, 7, 7, 6, 5],
    [1, 18, 10, 7, 7, 6, 4, 6],
    [2, 8, 9, 6, 3, 4, 6, 8],
    [4, 7, 2, 3, 3, 6, 8, 13],
    [8, 3, 3, 3, 5, 10, 21, 33],
    [16, 4, 7, 6, 8, 22, 38, 40],
  ]);
}, 60_000);

test('06: calls within calls on one worker draw the whole set, mirrored at the real axis', async () => {
  const lines = (await output('06-nested-map.ts')).trimEnd().split('\n');
  expect(lines).toHaveLength(40);
  expect(lines).toEqual(lines.toReversed());
  expect(lines[19]).toMatch(/^ {13}-+=.*@{36}==-----::$/);
}, 60_000);

test('07: calls run again up to their retries; what hangs is stopped, and who dies does not take others along', async () => {
  expect(await output('07-retry-a-flaky-call.ts')).toBe(
    [
      'ask: 7 calls, 1 failed, 11 retries',
      '  attempt 3: sunny in Bergen',
      '  attempt 1: sunny in Cork',
      '  attempt 1: sunny in Ghent',
      '  attempt 2: sunny in Graz',
      '  attempt 4: sunny in Porto',
      '  attempt 3: sunny in Turku',
      '  attempt 4: Error: busy, come back later for Tartu',
      'onlyLetters: 2 calls, 1 failed, 1 retries',
      '  attempt 1: true',
      '  attempt 2: stopped after 1000 ms',
      'fragile: 4 calls, 1 failed, 6 retries',
      '  attempt 1: alive',
      '  attempt 2: alive',
      '  attempt 3: alive',
      '  attempt 4: lost with its worker: SIGKILL',
      '',
    ].join('\n'),
  );
}, 60_000);

test('08: progress ends at 100 %, the first outcome that will do is taken, and an endless input ends', async () => {
  expect(await output('08-results-as-they-come.ts')).toBe(
    `25 %
50 %
75 %
100 %
664579 primes below 10000000

the PIN is 271828

prime number 1,000,000 is 15485863
`,
  );
}, 60_000);

test('09: recordings go past the client, every tone is heard, and the picture shows it', async () => {
  const temporary = await mkdtemp(join(tmpdir(), 'skein-examples-'));
  try {
    const lines = (await output('09-pipeline-with-memory.ts', { TMPDIR: temporary })).trimEnd().split('\n');
    expect(lines[0]).toBe('heard, in Hz: 137, 174, 111, 148, 185, 122, 159, 196');
    for (const name of ['record', 'listen']) {
      const row = lines.find((line) => line.includes(`'${name}'`))!.split('│');
      const [, , , calls, , , , bytesIn, bytesOut] = row.map(Number);
      expect(calls).toBe(8);
      expect(bytesIn! + bytesOut!).toBeLessThan(10_000);
    }
    const picture = lines.at(-1)!.replace('when each call waited and ran: ', '');
    expect(picture.startsWith(join(temporary, 'skein-'))).toBe(true);
    expect(await readFile(picture, 'utf8')).toMatch(/^<svg/);
  } finally {
    await rm(temporary, { recursive: true });
  }
}, 60_000);

test('24: vectors stay in storage, and the model is computed by one call of the first run', async () => {
  const storage = await mkdtemp(join(tmpdir(), 'skein-examples-'));
  try {
    const env = { SKEIN_STORAGE: `file:${storage}` };
    const first = await output('24-cloud-objects.ts', env);
    expect(first.split('\n')).toEqual(
      expect.arrayContaining([
        'andrew_jackson spoke most like martin_van_buren (0.41)',
        'joseph_r_biden spoke most like barack_obama (0.36)',
        '43 vectors of 15,644 words: 5.4 MB stayed in storage',
      ]),
    );
    const cached = await readdir(join(storage, 'skein', 'objects', 'cache', 'cached'), { recursive: true });
    expect(cached.filter((name) => name.endsWith('.skein')).length).toBe(1);
    expect(await output('24-cloud-objects.ts', env)).toBe(first);
    // The same object: nobody has computed it again. Vectors are gone.
    expect(await readdir(join(storage, 'skein', 'objects', 'cache', 'cached'), { recursive: true })).toEqual(
      cached,
    );
    expect(await readdir(join(storage, 'skein', 'jobs')).catch(() => [])).toEqual([]);
  } finally {
    await rm(storage, { recursive: true });
  }
}, 120_000);

test('every example has its test', async () => {
  const tests = (await readdir(import.meta.dirname)).filter((name) =>
    /(?:\.test|^applications)\.ts$/.test(name),
  );
  const texts = await Promise.all(tests.map((name) => readFile(join(import.meta.dirname, name), 'utf8')));
  const examples = (await readdir(folder)).filter((name) => /^\d\d-.*\.ts$/.test(name));
  expect(examples.length).toBeGreaterThan(0);
  expect(examples.filter((name) => !texts.some((text) => text.includes(`'${name}'`)))).toEqual([]);
});
