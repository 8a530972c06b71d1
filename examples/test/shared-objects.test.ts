/** Programs on shared objects print the same in threads, in worker processes, and with their objects at a server. */
import { readFile } from 'node:fs/promises';
import { connect } from '@skein/dso';
import { decode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { played, programs } from './applications.ts';
import { folder } from './program.ts';
import { type Server, startServer } from './server.ts';

let server: Server;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const forms = [
  { form: 'threads', env: () => ({ SKEIN_LOCALHOST_ISOLATION: 'thread' }), said: undefined },
  { form: 'worker processes', env: () => ({}), said: undefined },
  { form: 'objects at a server', env: () => ({ SKEIN_DSO: server.url }), said: () => server.lines },
];

describe.each(programs)('$file: $claim', ({ file, prints, logs = [] }) => {
  test.each(forms)(
    '$form',
    async ({ env, said }) => {
      const program = await played(file, env());
      expect(program.prints).toBe(prints);
      const logged = said?.() ?? program.lines;
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
