/** Shared objects that are opened at once are the same as those that are connected to. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from '@skein/codec';
import { type AtomicCounter, connect, type Dso, open } from '@skein/dso';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { Node } from '../../src/server/index.ts';
import { listen } from '../../src/server/listen.ts';
import { launchNode, runClient, type StartedNode, startNode } from '../support/processes.ts';
import { scriptNode } from '../support/scripted-node.ts';
import { separate } from '../support/separate.ts';

const PROGRAMS = new URL('open-programs.ts', import.meta.url).href;

const socketOf = (url: string): string => url.replace('dso+unix:', '');
const bytesOf = (handle: AtomicCounter): string => Buffer.from(encode(handle).toBytes()).toString('base64');

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'skein-test-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Where temporary files go, until the test has ended or the answer is called. */
function useTemporary(path: string): () => void {
  const { TMPDIR } = process.env;
  const restore = (): void => {
    if (TMPDIR === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = TMPDIR;
  };
  process.env['TMPDIR'] = path;
  onTestFinished(restore);
  return restore;
}

let node: StartedNode;
beforeAll(async () => {
  node = await launchNode();
});
afterAll(() => node.kill());

describe.each([
  ['embedded', () => undefined],
  ['at a server', () => node.url],
])('%s', (_, urlOf) => {
  test('calls in the turn in which it was opened happen in their order', async () => {
    await using dso = open(urlOf());
    const list = dso.list<number>('numbers');
    const early = Array.from({ length: 50 }, (_, i) => list.append([i]));
    const ready = dso.ready();
    const meanwhile = Array.from({ length: 50 }, (_, i) => list.append([50 + i]));
    await ready;
    await Promise.all([...early, ...meanwhile, list.append([100])]);
    expect(await list.slice()).toEqual(Array.from({ length: 101 }, (_, i) => i));
  });

  test('a handle that was encoded before there is a connection works in another process', async () => {
    const url = urlOf();
    await using dso = open(url);
    const hits = dso.counter('travelling', { initial: 10 });
    const worker = runClient<number>(PROGRAMS, 'worker', { handle: bytesOf(hits) });
    // The worker is the first that uses anything.
    expect(await worker.next()).toBe(11);
    await worker.done;
    expect(await hits.increment()).toBe(12);
  });

  test('who opens and does nothing does not keep its process running, nor leaves anything', async () => {
    const idler = runClient<string>(PROGRAMS, 'idler', { url: urlOf() });
    const url = await idler.next();
    await idler.done;
    if (url.startsWith('dso+unix:')) expect(existsSync(join(socketOf(url), '..'))).toBe(false);
  });

  test('a call for whose answer nobody waits does not keep its process running, and is done', async () => {
    const url = urlOf();
    await runClient(PROGRAMS, 'caller', { url, key: 'forgotten' }).done;
    if (url === undefined) return;
    await using dso = await separate(url);
    expect(await dso.counter('forgotten').tally()).toBe(1);
  });

  test('closed while it is being opened, it refuses what has been called and what is called then', async () => {
    const dso = open(urlOf());
    const hits = dso.counter('refused');
    const early = [hits.increment(), hits.increment(), dso.ready()].map((one) =>
      expect<unknown>(one).rejects.toMatchObject({ code: 'closed' }),
    );
    await dso.close();
    await Promise.all(early);
    await expect(hits.increment()).rejects.toMatchObject({ code: 'closed' });
    await expect(dso.ready()).rejects.toMatchObject({ code: 'closed' });
    expect(() => dso.counter('hits')).toThrow(expect.objectContaining({ code: 'closed' }));
  });

  test('it is shared with those who connect', async () => {
    const url = urlOf();
    const opened = open(url);
    const others = [open(url), await connect(url)];
    expect(others.map((dso) => dso.url)).toEqual([opened.url, opened.url]);
    await opened.counter('shared').increment();
    await opened.close();
    expect(await Promise.all(others.map((dso) => dso.counter('shared').increment()))).toEqual([2, 3]);
    for (const dso of others) await dso.close();
  });
});

describe('embedded', () => {
  test('the socket is there at once, and gone with the last user', async () => {
    const first = open();
    const socket = socketOf(first.url);
    expect(existsSync(socket)).toBe(true);
    const second = open();
    await Promise.all([first.close(), first.close()]);
    expect(existsSync(socket)).toBe(true);
    await second.close();
    expect(existsSync(join(socket, '..'))).toBe(false);
  });

  test('a class is captured in the turn in which it was opened, as it is then', async () => {
    const owner = runClient(PROGRAMS, 'owner', {});
    expect(await owner.next()).toBe(11);
    expect(await owner.next()).toBe('CaptureError');
    await owner.done;
  });

  test('where there is no room for a folder, it throws, and the next tries again', async () => {
    const restore = useTemporary(join(folder(), 'nowhere'));
    expect(() => open()).toThrow(/nowhere/);
    restore();
    await using dso = open();
    expect(await dso.counter('hits').increment()).toBe(1);
  });

  test('where the path of a socket would be too long, it throws', () => {
    const long = join(folder(), 'a-path-longer-than-a-socket-may-have'.repeat(3));
    mkdirSync(long);
    useTemporary(long);
    expect(() => open()).toThrow(/may have \d+; set TMPDIR/);
    expect(readdirSync(long)).toEqual([]);
  });

  test('where there can be no socket, all are told why, and the next tries again', async () => {
    // The folder is made at once, so that nothing from outside could spoil it for the socket.
    const { listen: really } = Server.prototype;
    const nowhere = { path: join(folder(), 'nowhere', 'node.sock') };
    const listens = vi.spyOn(Server.prototype, 'listen').mockImplementation(function (this: Server, ...args) {
      return Reflect.apply(really, this, [nowhere, args[1]]) as Server;
    });
    onTestFinished(() => void listens.mockRestore());
    const failed = open(undefined, { timeoutMs: 1 });
    const call = expect(failed.counter('hits').increment()).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('listen'),
    });
    const ready = { code: 'not-connected', message: expect.stringContaining('listen') };
    await expect(failed.ready()).rejects.toMatchObject(ready);
    await call;
    await expect(connect()).rejects.toMatchObject(ready);
    listens.mockRestore();
    await using dso = open();
    expect(await dso.counter('hits').increment()).toBe(1);
    await failed.close();
    expect(await dso.counter('hits').increment()).toBe(2);
  });
});

describe('at a server', () => {
  test('nothing is on the wire before the first operation', async () => {
    const server = await scriptNode(() => {});
    await using dso = open(server.url);
    encode(dso.counter('hits')).toBytes();
    // Whoever came after it has been welcomed.
    await using other = await separate(server.url);
    expect(server.connections).toBe(1);
    await Promise.all([dso.ready(), other.ready()]);
    expect(server.connections).toBe(2);
  });

  test('calls wait for a server that starts later', async () => {
    const path = join(folder(), 'node.sock');
    await using dso = open(`dso+unix:${path}`);
    const call = dso.counter('hits').increment();
    await expect(dso.ready()).rejects.toMatchObject({ code: 'not-connected' });
    await startNode({ path });
    expect(await call).toBe(1);
    await dso.ready();
  });

  test('where nobody answers, calls end by their timeouts, and are told why', async () => {
    await using dso = open('dso://127.0.0.1:1', { timeoutMs: 1 });
    await expect(dso.counter('hits').increment()).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    await expect(dso.ready()).rejects.toMatchObject({ code: 'not-connected' });
  });

  test('a client that is refused is told so, and one with the token of its file is let in', async () => {
    const node = new Node({ address: 'node', token: 'sesame' });
    const listening = await listen(node, { host: '127.0.0.1', port: 0 });
    onTestFinished(async () => {
      await node.close();
      listening.destroy();
      await listening.close();
    });
    const url = `dso://127.0.0.1:${listening.port}`;
    const call = async (dso: Dso): Promise<number> => {
      try {
        return await dso.counter('hits').increment();
      } finally {
        await dso.close();
      }
    };
    await expect(call(open(url))).rejects.toMatchObject({ code: 'not-authorized' });
    const tokenFile = join(folder(), 'token');
    writeFileSync(tokenFile, 'sesame\n');
    expect(await call(open(url, { tokenFile }))).toBe(1);
  });

  // Less than the 5 s after which a connection that is being made is given up anyway.
  test.each(['dsos', 'grpcs'])(
    'closed while the connection is being made, it gives that up: %s',
    { timeout: 4000 },
    async (scheme) => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      onTestFinished(() => void server.close());
      const { port } = server.address() as { port: number };
      const dso = open(`${scheme}://127.0.0.1:${port}`);
      const met = new Promise<Socket>((resolve) => server.once('connection', resolve));
      const ready = expect(dso.ready()).rejects.toMatchObject({ code: 'closed' });
      const socket = await met;
      const gone = new Promise<void>((resolve) => socket.resume().once('close', () => resolve()));
      await dso.close();
      await ready;
      await gone;
    },
  );
});

describe('what is wrong is thrown at once', () => {
  test.each([
    ['an address', () => open('http://host'), /no address of shared objects/],
    [
      'an unknown option',
      () => open(undefined, { tokn: 'a' } as object),
      /did you mean 'dso.token'|did you mean 'token'/,
    ],
    ['a value', () => open(undefined, { timeoutMs: 0 }), /timeoutMs: must be a number of at least 1/],
    ['a file that is not there', () => open('dso://host', { tokenFile: '/nowhere/token' }), /nowhere/],
  ])('%s', (_, work, message) => {
    expect(work).toThrow(message);
  });
});
