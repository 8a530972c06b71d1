import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { expect, inject, test } from 'vitest';
import { client } from './support/client.ts';
import { metric } from './support/metrics.ts';
import { startProgram } from './support/server.ts';

const MIB = 2 ** 20;

test('an object over --max-object-bytes, or all over --max-memory-bytes, is refused by name', async () => {
  const server = await startProgram(['--max-object-bytes', '1MiB', '--max-memory-bytes', '3MiB']);
  const dso = await client(server.url('dso:'));
  await expect(dso.atomicByteArray('big').set(new Uint8Array(2 * MIB))).rejects.toMatchObject({
    code: 'too-large',
    message: expect.stringMatching(/bytes "big".*1048576.*--max-object-bytes/),
  });
  const kept: string[] = [];
  let full: unknown;
  for (let i = 0; i < 5 && full === undefined; i++) {
    await dso
      .atomicByteArray(`part ${i}`)
      .set(new Uint8Array(MIB - 1000))
      .then(
        () => kept.push(`part ${i}`),
        (error: unknown) => {
          full = error;
        },
      );
  }
  expect(kept.length).toBe(3);
  expect(full).toMatchObject({
    code: 'out-of-memory',
    message: expect.stringContaining('--max-memory-bytes'),
  });
  // What is there is usable, and what is deleted makes room.
  await dso.delete(dso.atomicByteArray('part 0'));
  await dso.atomicByteArray('part 4').set(new Uint8Array(MIB - 1000));
  expect(await metric(server.metrics, 'skein_dso_refusals_total{code="out-of-memory"}')).toBe(1);
  expect(await metric(server.metrics, 'skein_dso_refusals_total{code="too-large"}')).toBe(1);
});

test.each(['dso:', 'grpc:'])('%s: 64 MiB on their way delay nobody else', async (scheme) => {
  const server = await startProgram();
  const counter = (await client(server.url('dso:'))).counter('ticks');
  await counter.increment();
  // In a process of its own: what it costs the one that sends it is not the question here.
  const source = `
    import { connect } from '@skein/dso';
    const dso = await connect('${server.url(scheme)}');
    const bytes = dso.atomicByteArray('large');
    const value = new Uint8Array(${64 * MIB}).fill(7);
    console.log('begins');
    await bytes.set(value);
    console.log((await bytes.get()).length);
    await dso.close();
  `;
  const child = spawn(process.execPath, [...inject('nodeFlags'), '--input-type=module', '--eval', source], {
    cwd: new URL('..', import.meta.url),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  expect(await lines.next()).toMatchObject({ value: 'begins' });
  let isMoving = true;
  const moved = lines.next().finally(() => {
    isMoving = false;
  });
  const started = performance.now();
  let slowest = 0;
  let calls = 0;
  while (isMoving) {
    const begun = performance.now();
    await counter.increment();
    slowest = Math.max(slowest, performance.now() - begun);
    calls++;
  }
  expect(await moved).toMatchObject({ value: String(64 * MIB) });
  expect(calls).toBeGreaterThan(10);
  // Without parts that take turns, one call would wait for the whole way there, or back.
  expect(slowest).toBeLessThan((performance.now() - started) / 3);
});
