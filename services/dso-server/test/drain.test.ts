/** SIGTERM ends a server in peace. */
import { expect, test } from 'vitest';
import { client, failure } from './support/client.ts';
import { file } from './support/folder.ts';
import { rawSocket } from './support/raw.ts';
import { startProgram } from './support/server.ts';

test('who waits is told, new work is refused, and the exit code is 0', async () => {
  const server = await startProgram();
  const waiting = await client(server.url('dso:'));
  const overGrpc = await client(server.url('grpc:'));
  const parked = [waiting.latch('never', { count: 1 }).wait(), overGrpc.queue('empty').take()].map(failure);
  // They have been parked before the signal: the same connections answer.
  await waiting.counter('visits').increment();
  await overGrpc.counter('visits').increment();
  const exit = server.end('SIGTERM');
  for (const error of await Promise.all(parked)) {
    expect(error).toMatchObject({ code: 'draining', retryable: true });
    expect(error.message).toMatch(/the server is about to end: this waited for others/);
  }
  expect(await exit).toBe(0);
  expect(server.lines.map(({ message }) => message)).toContain('ended');
});

const SLOW = `
  export class Slow {
    done = 0;
    async work(ms) {
      const end = Date.now() + ms;
      while (Date.now() < end);
      return ++this.done;
    }
  }
`;

test('user code that runs, and what waits for its turn behind it, is answered first', async () => {
  const server = await startProgram(['--load', file('slow.mjs', SLOW)]);
  const dso = await client(server.url('dso:'));
  const { Slow } = (await import(`data:text/javascript,${encodeURIComponent(SLOW)}`)) as {
    Slow: new () => { work(ms: number): Promise<number> };
  };
  const slow = dso.object('slow', Slow);
  expect(await slow.work(1)).toBe(1);
  const running = [slow.work(1000), slow.work(1)];
  // An answer by the same connection shows that they have arrived.
  await dso.counter('visits').increment();
  const exit = server.end('SIGTERM');
  expect(await Promise.all(running)).toEqual([2, 3]);
  expect(await exit).toBe(0);
});

test('at --drain-timeout-ms what still runs is given up, and called unknown', async () => {
  const server = await startProgram(['--load', file('slow.mjs', SLOW), '--drain-timeout-ms', '300']);
  const dso = await client(server.url('dso:'));
  const { Slow } = (await import(`data:text/javascript,${encodeURIComponent(SLOW)}`)) as {
    Slow: new () => { work(ms: number): Promise<number> };
  };
  const slow = dso.object('slow', Slow);
  await slow.work(1);
  const running = failure(slow.work(4000));
  await dso.counter('visits').increment();
  const begun = performance.now();
  expect(await server.end('SIGTERM')).toBe(0);
  expect(performance.now() - begun).toBeLessThan(3000);
  expect(await running).toMatchObject({ code: 'outcome-unknown' });
});

test('from the signal on the server is not ready, and hears nobody new', async () => {
  const server = await startProgram(['--load', file('slow.mjs', SLOW)]);
  const dso = await client(server.url('dso:'));
  const { Slow } = (await import(`data:text/javascript,${encodeURIComponent(SLOW)}`)) as {
    Slow: new () => { work(ms: number): Promise<number> };
  };
  const slow = dso.object('slow', Slow);
  await slow.work(1);
  const running = slow.work(3000);
  await dso.counter('visits').increment();
  const exit = server.end('SIGTERM');
  await server.said(/^SIGTERM/);
  expect((await fetch(server.metrics.replace('metrics', 'readyz'))).status).toBe(503);
  expect((await fetch(server.metrics.replace('metrics', 'healthz'))).status).toBe(200);
  await expect(rawSocket(server.address)).rejects.toThrow('ECONNREFUSED');
  expect(await failure(dso.counter('visits').increment())).toMatchObject({ code: 'draining' });
  expect(await running).toBe(2);
  expect(await exit).toBe(0);
});

test('a second signal ends it at once', async () => {
  const server = await startProgram(['--load', file('slow.mjs', SLOW)]);
  const dso = await client(server.url('dso:'));
  const { Slow } = (await import(`data:text/javascript,${encodeURIComponent(SLOW)}`)) as {
    Slow: new () => { work(ms: number): Promise<number> };
  };
  const slow = dso.object('slow', Slow);
  await slow.work(1);
  slow.work(4000).catch(() => {});
  await dso.counter('visits').increment();
  const exit = server.end('SIGTERM');
  await server.said(/^SIGTERM/);
  server.child.kill('SIGINT');
  expect(await exit).toBe(130);
});
