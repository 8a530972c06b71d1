import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { decode, encode } from '@skein/codec';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { type DataPartition, discover, partition } from '../src/index.ts';
import { all, failureOf } from './support/all.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const requests: string[] = [];
let handler: Handler;
const server = createServer((request, response) => {
  requests.push(`${request.method} ${request.headers.range ?? ''}`.trim());
  handler(request, response);
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
afterAll(() => server.close());
beforeEach(() => {
  requests.length = 0;
});

const text = Array.from({ length: 100 }, (_, i) => `line ${i}\n`).join('');

/** A server as most are. */
function serving(content: string, { etag = '"1"', head = true, ranges = true, length = true } = {}): Handler {
  return (request, response) => {
    const bytes = Buffer.from(content);
    response.setHeader('etag', etag);
    if (ranges && head) response.setHeader('accept-ranges', 'bytes');
    if (request.method === 'HEAD' && !head) return response.writeHead(405).end();
    if (request.headers['if-match'] !== undefined && request.headers['if-match'] !== etag)
      return response.writeHead(412).end();
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    if (!ranges || from === undefined) {
      if (length) response.setHeader('content-length', bytes.length);
      else if (request.method === 'GET') response.write(bytes.subarray(0, 1)); // chunked
      return response.end(request.method === 'HEAD' ? undefined : bytes.subarray(length ? 0 : 1));
    }
    const part = bytes.subarray(Number(from), Number(to) + 1);
    response.setHeader('content-range', `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}`);
    return response.writeHead(206).end(part);
  };
}

const partsOf = (url: string, parts = 4): Promise<DataPartition[]> => all(partition(url, { parts }));
const joined = async (parts: readonly DataPartition[]): Promise<string> =>
  (await Promise.all(parts.map((part) => part.text()))).join('');

describe('a server with ranges', () => {
  test('is asked once for what it has, and then for each part alone', async () => {
    handler = serving(text);
    const parts = await partsOf(`${base}/data.txt`);
    expect(requests).toEqual(['HEAD']);
    expect(parts.map(({ url, part, totalParts }) => [url, part, totalParts])).toEqual(
      [0, 1, 2, 3].map((part) => [`${base}/data.txt`, part, 4]),
    );
    expect(await joined(parts)).toBe(text);
    expect(requests.slice(1).every((request) => request.startsWith('GET bytes='))).toBe(true);
  });

  test('that knows no HEAD, or does not tell by it, is asked for the first byte', async () => {
    handler = serving(text, { head: false });
    const parts = await partsOf(`${base}/data.txt`);
    expect(requests).toEqual(['HEAD', 'GET bytes=0-0']);
    expect(parts).toHaveLength(4);
    expect(await joined(parts)).toBe(text);
  });

  test('whose object changes gives an error', async () => {
    handler = serving(text);
    const [part] = await partsOf(`${base}/data.txt`);
    handler = serving(text.toUpperCase(), { etag: '"2"' });
    expect(await failureOf(() => part!.text())).toMatchObject({
      code: 'changed',
      object: `${base}/data.txt`,
    });
  });

  test('with weak tags, which no condition knows, gives the error too', async () => {
    handler = serving(text, { etag: 'W/"1"' });
    const parts = await partsOf(`${base}/data.txt`);
    const strict: Handler = (request, response) => {
      expect(request.headers['if-match']).toBeUndefined();
      serving(text, { etag: 'W/"1"' })(request, response);
    };
    handler = strict;
    expect(await joined(parts)).toBe(text);
    handler = serving(text.toUpperCase(), { etag: 'W/"2"' });
    expect(await failureOf(() => parts[0]!.text())).toMatchObject({ code: 'changed' });
  });

  test('whose connection breaks is asked for the rest', async () => {
    const large = Buffer.alloc(300_000, 'some line\n').toString();
    handler = serving(large);
    const [part] = await partsOf(`${base}/data.txt`, 1);
    let broken = 0;
    handler = (request, response) => {
      if (broken++ > 0) return serving(large)(request, response);
      response.writeHead(206, {
        etag: '"1"',
        'content-range': `bytes 0-299999/300000`,
        'content-length': '300000',
      });
      return response.write(large.slice(0, 100_000), () => response.destroy());
    };
    expect(await part!.text()).toBe(large);
    expect(requests.at(-1)).toMatch(/^GET bytes=[1-9]/);
  });

  test('that gives another range than it was asked for is an error', async () => {
    handler = serving(text);
    const parts = await partsOf(`${base}/data.txt`, 2);
    handler = (request, response) => {
      request.headers.range = 'bytes=0-99';
      serving(text)(request, response);
    };
    expect(await failureOf(() => parts[1]!.text())).toMatchObject({
      code: 'unreadable',
      message: expect.stringMatching(/was asked for bytes from \d+ on, and gives those from 0 on$/),
    });
  });

  test('that is busy is asked again, and one that stays so is an error', async () => {
    let busy = 2;
    handler = (request, response) => {
      if (busy-- > 0) response.writeHead(503).end();
      else serving(text)(request, response);
    };
    const parts = await partsOf(`${base}/data.txt`);
    expect(requests).toEqual(['HEAD', 'HEAD', 'HEAD']);
    handler = (_request, response) => response.writeHead(503).end();
    expect(await failureOf(() => parts[0]!.text())).toMatchObject({
      code: 'unreadable',
      message: expect.stringContaining('answers 503'),
    });
  });
});

describe('a server without ranges', () => {
  test('gives one part, also of unknown length', async () => {
    for (const length of [true, false]) {
      handler = serving(text, { ranges: false, length });
      const parts = await partsOf(`${base}/data.txt`);
      expect(parts).toHaveLength(1);
      expect(parts[0]!.size).toBe(length ? text.length : undefined);
      expect(await parts[0]!.count()).toBe(100);
      expect(await joined(parts)).toBe(text);
    }
  });
});

test('an empty object is one part without lines', async () => {
  for (const head of [true, false]) {
    handler = (request, response) => {
      if (request.headers.range !== undefined) return response.writeHead(416).end();
      return serving('', { head })(request, response);
    };
    const parts = await partsOf(`${base}/empty.txt`);
    expect(await Promise.all(parts.map((part) => part.count()))).toEqual([0]);
  }
});

test('what is not there, is refused or cannot be reached is an error that names the URL', async () => {
  handler = (_request, response) => response.writeHead(404).end();
  expect(await failureOf(() => all(discover(`${base}/none`)))).toMatchObject({
    code: 'no-match',
    object: `${base}/none`,
  });
  handler = (_request, response) => response.writeHead(403).end();
  expect(await failureOf(() => all(discover(`${base}/no`)))).toMatchObject({ code: 'unreadable' });
  const closed = createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const { port } = closed.address() as AddressInfo;
  closed.close();
  await once(closed, 'close');
  expect(await failureOf(() => all(discover(`http://127.0.0.1:${port}/x`)))).toMatchObject({
    code: 'unreadable',
    message: `http://127.0.0.1:${port}/x cannot be read: ECONNREFUSED`,
  });
});

test('user, password and query are sent, and neither shown nor carried', async () => {
  let seen: string | undefined;
  handler = (request, response) => {
    seen = `${request.headers.authorization} ${request.url}`;
    serving(text)(request, response);
  };
  const url = `${base.replace('://', '://me:hush@')}/data.txt?sig=topsecret`;
  const [part] = await partsOf(url);
  await part!.count();
  expect(seen).toBe(`Basic ${Buffer.from('me:hush').toString('base64')} /data.txt?sig=topsecret`);
  const bytes = encode(part).toBytes();
  expect(await (decode(bytes) as DataPartition).count()).toBe(await part!.count());
  handler = (_request, response) => response.writeHead(404).end();
  const failure = await failureOf(() => part!.text());
  for (const shown of [
    Buffer.from(bytes).toString('latin1'),
    inspect(part),
    String(part),
    inspect(failure),
    part!.url!,
  ])
    expect(shown).not.toMatch(/hush|topsecret|sig=/);
});
