/**
 * Uploads in chunks against the rules of the service's reference, which fake-gcs-server does not keep: of a chunk the
 * service may keep less than all, in multiples of 256 KiB; it ignores what it has already; and an upload that is complete
 * answers with its object again.
 */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Storage } from '@skein/storage';
import { afterEach, beforeEach, expect, test } from 'vitest';

const KIB = 1024;
const UNIT = 256 * KIB;

/** What goes wrong with a chunk: its answer is lost, or it arrives in part. */
type Fault = 'none' | 'lost answer' | 'half kept' | 'nothing kept' | 'cut within' | 'busy' | 'gone';

class UploadService {
  readonly faults: Fault[] = [];
  readonly ranges: string[] = [];
  kept: Buffer = Buffer.alloc(0);
  sum: string | undefined;
  #object: string | undefined;
  readonly server = createServer((request, response) => {
    this.#answer(request, response).catch(() => request.destroy());
  });

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'POST') {
      for await (const _ of request);
      response.setHeader('location', `http://${request.headers.host}/session`).end('{}');
      return;
    }
    if (request.method === 'DELETE') return void response.writeHead(499).end();
    const fault = this.faults.shift() ?? 'none';
    if (fault === 'busy') return void response.writeHead(503).end('{"error":{"message":"later"}}');
    if (fault === 'gone') return void response.writeHead(410).end();
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk);
      if (fault === 'cut within') return void request.socket.destroy();
    }
    const [, first, last, total] =
      /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(request.headers['content-range'] ?? '') ?? [];
    this.ranges.push(`${first}-${last}/${total}`);
    const bytes = Buffer.concat(chunks);
    expect(bytes.length).toBe(Number(last) - Number(first) + 1);
    expect(Number(first)).toBeLessThanOrEqual(this.kept.length);
    if (total === '*') expect(bytes.length % UNIT).toBe(0);
    const fresh = bytes.subarray(this.kept.length - Number(first));
    const share = fault === 'half kept' ? Math.floor(fresh.length / 2 / UNIT) * UNIT : fresh.length;
    if (fault !== 'nothing kept') this.kept = Buffer.concat([this.kept, fresh.subarray(0, share)]);
    if (String(this.kept.length) === total) {
      const md5Hash = createHash('md5').update(this.kept).digest('base64');
      this.sum = String(request.headers['x-goog-hash']);
      this.#object ??= JSON.stringify({ generation: '1700000000000000', size: total, md5Hash });
    }
    if (fault === 'lost answer') return void request.socket.destroy();
    if (this.#object !== undefined) return void response.end(this.#object);
    if (this.kept.length > 0) response.setHeader('range', `bytes=0-${this.kept.length - 1}`);
    response.writeHead(308).end();
  }
}

let service: UploadService;
let storage: Storage;

beforeEach(async () => {
  service = new UploadService();
  service.server.listen(0, '127.0.0.1');
  await once(service.server, 'listening');
  const { port } = service.server.address() as AddressInfo;
  storage = new Storage({
    kind: 'gcs',
    endpoint: `http://127.0.0.1:${port}`,
    partSize: UNIT * 2,
    attempts: 4,
  });
});

afterEach(async () => {
  await storage.close();
  service.server.closeAllConnections();
  service.server.close();
});

const bytes = randomBytes(UNIT * 5 + 1);

test.each<{ readonly faults: readonly Fault[] }>([
  { faults: [] },
  { faults: ['lost answer', 'none', 'lost answer', 'none', 'lost answer'] },
  { faults: ['half kept', 'none', 'half kept', 'none', 'half kept'] },
  { faults: ['nothing kept', 'none', 'nothing kept', 'nothing kept', 'none', 'nothing kept'] },
  { faults: ['cut within', 'cut within', 'none', 'none', 'cut within'] },
  { faults: ['busy', 'busy', 'busy', 'none', 'busy'] },
])('an upload arrives whole after $faults', async ({ faults }) => {
  service.faults.push(...faults);
  const { etag, size } = await storage.putObject('b', 'k', bytes);
  expect([etag, size]).toEqual(['1700000000000000', bytes.length]);
  expect(service.kept.equals(bytes)).toBe(true);
  expect(service.sum).toBe(`md5=${createHash('md5').update(bytes).digest('base64')}`);
});

test('of a stream only the last chunk says how long it is', async () => {
  const source = async function* (): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000);
  };
  await storage.putObject('b', 'k', source());
  expect(service.ranges).toEqual(['0-524287/*', '524288-1048575/*', `1048576-1310720/1310721`]);
  expect(service.kept.equals(bytes)).toBe(true);
});

test('a stream that ends where a chunk does has no empty one after it', async () => {
  await storage.putObject('b', 'k', bytes.subarray(0, UNIT * 4));
  expect(service.ranges).toEqual(['0-524287/*', '524288-1048575/1048576']);
});

test('an upload that the service has forgotten, or never takes, is an error', async () => {
  service.faults.push('none', 'gone');
  const forgotten = storage.putObject('b', 'k', bytes);
  await expect(forgotten).rejects.toMatchObject({ code: 'io', bucket: 'b', key: 'k' });
  service.kept = Buffer.alloc(0);
  service.faults.push('nothing kept', 'nothing kept', 'nothing kept', 'nothing kept');
  const untaken = storage.putObject('b', 'k', bytes);
  await expect(untaken).rejects.toThrow(
    'the service has kept 0 bytes of an upload to which 524288 were sent',
  );
});
