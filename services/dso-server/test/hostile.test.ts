/** Nothing that comes in by the network ends the server, or costs other clients more than a moment. */
import { connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2';
import type { Socket } from 'node:net';
import { connect, type Dso } from '@skein/dso';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { client } from './support/client.ts';
import { metric } from './support/metrics.ts';
import { answerOf, frame, hello, rawSocket, text, varint } from './support/raw.ts';
import { type StartedServer, startProgram } from './support/server.ts';

const MIB = 2 ** 20;

let server: StartedServer;
let honest: Dso;
let incarnation: string;
beforeAll(async () => {
  server = await startProgram(['--max-message-bytes', '1MiB']);
  honest = await connect(server.url('dso:'));
  incarnation = (await honest.stats())[0]!.incarnation;
});
afterAll(() => honest.close());
// Each time by the same connection, which nothing may have ended.
afterEach(async () => {
  const count = await honest.counter('visits').increment();
  expect(await honest.counter('visits').increment()).toBe(count + 1);
  expect((await honest.stats())[0]!.incarnation).toBe(incarnation);
});

/** What the server says to these bytes before it ends the connection. */
async function refused(...pieces: Uint8Array[]): Promise<string> {
  const socket = await rawSocket(server.address);
  const answer = answerOf(socket);
  for (const piece of pieces) socket.write(piece);
  return answer;
}

async function malformed(): Promise<number> {
  return (await metric(server.metrics, 'skein_dso_refused_connections_total{reason="malformed"}')) ?? 0;
}

test('an HTTP request is told that this is something else', async () => {
  expect(await refused(Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'))).toMatch(
    /protocol.*no peer of ours/s,
  );
  expect(await malformed()).toBe(1);
});

test('garbage of any kind is refused', async () => {
  const some = [
    Buffer.alloc(1000),
    Buffer.alloc(1000, 255),
    frame(2, text('x')),
    frame(1, text('other protocol'), varint(1), text('')),
    frame(1, text('skein-dso')),
    frame(1, Buffer.from([255, 255, 255, 255, 255, 255, 255, 255])),
  ];
  const before = await malformed();
  for (const bytes of some) expect(await refused(bytes)).toContain('protocol');
  expect(await malformed()).toBe(before + some.length);
});

test('messages that make no sense end the connection that brought them', async () => {
  const some = [
    frame(99),
    frame(5, varint(1), varint(0), varint(77), Buffer.from([1, 0]), varint(0)),
    frame(5, varint(1)),
    frame(4, varint(9), text('counter'), text('x'), Buffer.from([0]), varint(0)),
    frame(15, varint(1), varint(0), Buffer.alloc(10)),
    frame(9, text('not-a-hash'), Buffer.from('no JSON')),
  ];
  for (const bytes of some) expect(await refused(hello(), bytes)).toMatch(/protocol/);
});

test('a client of another version is told both versions', async () => {
  expect(await refused(hello({ version: 99 }))).toMatch(
    /the client speaks version 99 of the protocol, this server version 1/,
  );
});

test('a frame that says it is too long is refused before it comes', async () => {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(256 * 1024 + 1);
  expect(await refused(hello(), length)).toContain('at most 262144 are allowed');
});

test('a message over --max-message-bytes is refused: by the client, and by the server if it comes', async () => {
  const bytes = honest.atomicByteArray('bytes');
  await expect(bytes.set(new Uint8Array(2 * MIB))).rejects.toMatchObject({ code: 'too-large' });
  expect(await refused(hello(), frame(15, varint(1), varint(2 * MIB), Buffer.alloc(10)))).toContain(
    '--max-message-bytes',
  );
});

test('who has not said hello gets no memory for a large message', async () => {
  expect(await refused(frame(15, varint(1), varint(MIB / 2), Buffer.alloc(10)))).toContain('protocol');
});

test('connections that say nothing, or half a frame, do not hold up others', async () => {
  const silent: Socket[] = [];
  for (let i = 0; i < 50; i++) silent.push(await rawSocket(server.address));
  for (const socket of silent.slice(25)) socket.write(hello().subarray(0, 7));
  const other = await client(server.url('grpc:'));
  expect(await other.counter('others').increment()).toBe(1);
  for (const socket of silent) socket.destroy();
  expect(await other.counter('others').increment()).toBe(2);
});

test('who vanishes in the middle of a large message leaves nothing behind', async () => {
  for (let i = 0; i < 20; i++) {
    const socket = await rawSocket(server.address);
    socket.write(Buffer.concat([hello(), frame(15, varint(1), varint(MIB), Buffer.alloc(1000))]));
    socket.resetAndDestroy();
  }
});

test('garbage by gRPC: other services, packets that are none, frames that are none', async () => {
  const session = connectHttp2(`http://${server.address}`);
  onTestFinished(() => session.destroy());
  const call = (path: string, body: Buffer): Promise<unknown> =>
    new Promise((resolve) => {
      const request = session.request({
        ':method': 'POST',
        ':path': path,
        te: 'trailers',
        'content-type': 'application/grpc',
      });
      const done = (headers: IncomingHttpHeaders): void => {
        if (headers['grpc-status'] === undefined) return;
        resolve(headers['grpc-status']);
        request.close();
      };
      request.on('response', done);
      request.on('trailers', done);
      request.on('error', () => {});
      request.resume();
      request.write(body);
    });
  const message = (body: Buffer): Buffer => {
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(body.length, 1);
    return Buffer.concat([prefix, body]);
  };
  expect(await call('/skein.dso.v1.Other/Stream', message(Buffer.alloc(0)))).toBe('12');
  expect(await call('/skein.dso.v1.Dso/Stream', message(Buffer.alloc(30, 255)))).toBe('13');
  // A packet as it should be, of frames that are none: the reason comes as a frame, and the stream ends.
  expect(
    await call(
      '/skein.dso.v1.Dso/Stream',
      message(Buffer.concat([Buffer.from([10, 20]), Buffer.alloc(20, 255)])),
    ),
  ).toBe('0');
});
