/** What all servers have in common: how they end, and what is left, which is nothing. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, inject, test, vi } from 'vitest';
import { answers } from '../../servers/answers.ts';
import { freePairs, freePort, freePorts } from '../../servers/free-port.ts';
import { startServer } from '../../servers/server.ts';
import { isAlive } from './support/alive.ts';
import { helloAt, startHello } from './support/hello.ts';
import { ownTemporaries } from './support/temporary.ts';

const leftovers = ownTemporaries();
afterEach(() => {
  expect(leftovers()).toEqual([]);
});

test('a frozen server answers nobody, goes on when it is let, and can be stopped as it is', async () => {
  const server = await startHello();
  await server.freeze();
  expect(await answers(server.url)).toBe(false);
  server.thaw();
  expect(await answers(server.url)).toBe(true);
  await server.freeze();
  await server.stop();
  expect(await answers(server.url)).toBe(false);
});

test('one that will not hear of an end is killed, with what it has started', async () => {
  const child = `require('node:child_process').spawn('sleep', ['600'], { stdio: 'inherit' })`;
  const server = await startHello(
    {},
    { first: `process.on('SIGTERM', () => {}); console.log(${child}.pid)` },
  );
  const { pids } = server;
  // Its output ends with the last of those who share it: had the child lived on, this would wait for it.
  await server.stop();
  expect(pids.filter(isAlive)).toEqual([]);
});

test('ports are different ones, and so are those next to them', async () => {
  expect(new Set(await freePorts(20)).size).toBe(20);
  const firsts = await freePairs(20);
  expect(new Set(firsts.flatMap((first) => [first, first + 1])).size).toBe(40);
});

describe('a server that does not start is told with what it said last', () => {
  test('when it ends', async () => {
    const loud = `console.log('x'.repeat(20_000)); console.error('no luck'); process.exit(1)`;
    const error = await refusal(startHello({}, { first: loud }));
    expect(error.message).toMatch(/^hello did not start\n.*no luck$/s);
    expect(error.message.length).toBeLessThan(10_100);
    expect(error.cause).toMatchObject({ message: 'it has ended' });
  });

  test('when there is no such program', async () => {
    const commands = [{ command: '/nowhere/hello', args: [], env: process.env }];
    expect((await refusal(startHello({ commands }))).message).toMatch(
      /hello did not start\n.*\/nowhere\/hello ENOENT/,
    );
  });

  test('when it is never ready', async () => {
    const { cause } = await refusal(startHello({ ready: async () => false, readyMs: 100 }));
    expect(cause).toMatchObject({ message: 'it gave no answer within 100 ms' });
  });

  test('when it says that it never will be', async () => {
    const change = { ready: async () => false, fatal: /^FATAL/m };
    const error = await refusal(startHello(change, { first: `console.log('FATAL: no luck')` }));
    expect(error.message).toContain('FATAL: no luck');
    expect(error.cause).toMatchObject({ message: 'it has failed' });
  });

  test('when one of its processes ends, and the others end with it', async () => {
    const port = await freePort();
    const bad = { command: process.execPath, args: ['-e', 'process.exit(1)'], env: process.env };
    await refusal(startHello({ commands: [helloAt(port), bad] }));
    expect(await answers(`http://127.0.0.1:${port}`)).toBe(false);
  });
});

describe('a port that another program has taken meanwhile', () => {
  test('is given up for another one', async () => {
    const other = createServer((_, answer) => answer.end('the other')).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const taken = (other.address() as AddressInfo).port;
    const ports = [taken, taken, await freePort()];
    const server = await startServer('hello', async () => {
      const port = ports.shift() ?? 0;
      const url = `http://127.0.0.1:${port}`;
      // The other one answers: that must not count.
      return { facts: { url }, commands: [helloAt(port)], ready: () => answers(url) };
    });
    expect(await (await fetch(server.url)).text()).toBe('hello');
    await server.stop();
    other.close();
  });

  test('is named when there is no end to it', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const error = await refusal(startHello({ commands: [helloAt(port)], ready: async () => false }));
    expect(error.message).toMatch(`EADDRINUSE: address already in use 127.0.0.1:${port}`);
    other.close();
  });
});

describe('nothing outlives the process that started it', () => {
  const holder = fileURLToPath(new URL('support/holder.ts', import.meta.url));

  const ways = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'leaves', 'fails'];

  test.for(ways)('%s', { timeout: 120_000 }, async (how) => {
    const program = spawn(process.execPath, [...inject('nodeFlags'), holder, how], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    const [line] = await once(createInterface(program.stdout), 'line');
    const { url, pids } = JSON.parse(line) as { url: string; pids: number[] };
    if (how.startsWith('SIG')) {
      expect(await answers(url)).toBe(true);
      program.kill(how as NodeJS.Signals);
    }
    await vi.waitFor(() => expect([pids.filter(isAlive), leftovers()]).toEqual([[], []]), 60_000);
    expect(await answers(url)).toBe(false);
  });
});

async function refusal(start: Promise<unknown>): Promise<Error> {
  return start.then(
    () => expect.unreachable(),
    (error: unknown) => error as Error,
  );
}
