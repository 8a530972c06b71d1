import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Storage } from '@skein/storage';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { everyBackend, executorOf, processBackends } from './support/executors.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'skein-test-'));
});
afterEach(() => rm(root, { recursive: true }));

/** Files below the root whose text begins a bundle. */
async function codeFiles(): Promise<string[]> {
  const names = await readdir(root, { recursive: true });
  return names.filter((name) => name.endsWith('.mjs')).map((name) => join(root, name));
}

describe.each(everyBackend)('an executor with a storage of the user’s own, on %s', (_name, options) => {
  test('leaves nothing of its own in it', async () => {
    const executor = executorOf({ ...options, storage: `file:${root}` });
    const big = new Uint8Array(3_000_000).fill(7);
    const results = await executor.map((bytes: Uint8Array) => bytes.slice(0, 2_500_000), [big, big]);
    expect(results.map((bytes) => bytes.byteLength)).toEqual([2_500_000, 2_500_000]);
    expect(await codeFiles()).toHaveLength(1);
    await executor.close();
    const storage = new Storage(`file:${root}`);
    const left: string[] = [];
    for await (const { key } of storage.listObjects('skein')) left.push(key);
    expect(left).toEqual([]);
  });

  test('gives functions the storage, captured or from their context', async () => {
    const executor = executorOf({ ...options, storage: `file:${root}` });
    const storage = new Storage(`file:${root}`);
    await storage.createBucket('data');
    await executor.map(
      (text: string, ctx) => ctx.storage.putObject('data', text, text.toUpperCase()),
      ['a', 'b'],
    );
    const read = await executor.map(
      async (key: string) => Buffer.from(await storage.getObject('data', key)).toString(),
      ['a', 'b'],
    );
    expect(read).toEqual(['A', 'B']);
  });
});

describe.each(processBackends)('code in storage, on %s', (_name, options) => {
  test('is checked by whoever loads it: a changed object runs nowhere', async () => {
    const executor = executorOf({ ...options, workers: 1, storage: `file:${root}` });
    const fn = (x: number): [number, number] => [x, process.pid];
    await executor.map(fn, [1]);
    const [file] = (await codeFiles()) as [string];
    await writeFile(file, (await readFile(file, 'utf8')).replace('process.pid', 'process.ppid'));
    // The next worker has to load it again.
    await expect(executor.map(() => process.exit(7), [1])).rejects.toThrow('7');
    await expect(executor.map(fn, [1])).rejects.toThrow(/hash|corrupt|etag|changed/);
  });
});

test('a storage in the memory of this process is refused where a function closes over it', () => {
  const executor = executorOf();
  const storage = new Storage('memory:test');
  expect(() => executor.map((key: string) => storage.getObject('b', key), ['x'])).toThrow(
    expect.objectContaining({ name: 'CaptureError', message: expect.stringMatching(/storage.*process/) }),
  );
});

test('a call of an agent that knows only storage leaves its status there, as JSON', async () => {
  const executor = executorOf({ backend: 'subprocess', storage: `file:${root}` });
  await executor.callAsync((x: number) => {
    console.log('seen');
    return x;
  }, 7);
  const storage = new Storage(`file:${root}`);
  const bytes = await storage.getObject('skein', `jobs/${executor.executorId}/M000/status/00000.1`);
  expect(JSON.parse(Buffer.from(bytes).toString('utf8'))).toMatchObject({
    version: 1,
    executorId: executor.executorId,
    jobId: 'M000',
    callId: '00000',
    attempt: 1,
    state: 'success',
    startTstamp: expect.any(Number),
    logs: 'seen\n',
  });
  await executor.close();
});
