import { createServer } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { freePort } from '../../../../tools/servers/free-port.ts';
import { dialOf } from '../../src/client/dial.ts';
import { Peers } from '../../src/server/peers.ts';

function peers(refused: (id: string) => void): Peers {
  const all = new Peers({
    me: 'me:1#1',
    token: undefined,
    dial: (host) => dialOf({ url: `dso://${host}`, scheme: 'dso', hosts: [host] }, host, {}),
    onConnected() {},
    onRefused: refused,
    code: () => [],
  });
  onTestFinished(() => all.close());
  return all;
}

test('that nobody listens where a member is, is noticed at once and as long as it is so', async () => {
  const refused = vi.fn<(id: string) => void>();
  const id = `127.0.0.1:${await freePort()}#1`;
  peers(refused).send(id, { kind: 'ping', isFull: false });
  await expect.poll(() => refused.mock.calls.length).toBeGreaterThan(2);
  expect(new Set(refused.mock.calls.flat())).toEqual(new Set([id]));
});

test('a member that listens and says nothing is not refused: it may be busy', async () => {
  const refused = vi.fn<(id: string) => void>();
  let heard = '';
  const server = createServer((socket) => socket.on('data', (chunk) => (heard += chunk.toString('latin1'))));
  onTestFinished(() => void server.close());
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  peers(refused).send(`127.0.0.1:${port}#1`, { kind: 'ping', isFull: false });
  await expect.poll(() => heard.length).toBeGreaterThan(0);
  expect(refused).not.toHaveBeenCalled();
});
