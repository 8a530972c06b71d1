/** The `s3` driver on a real server: what every driver must keep, and what happens when connections and servers die. */
import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { encode } from '@skein/codec';
import { NoSuchBucketError, Storage, StorageError, type Storage as Store } from '@skein/storage';
import { afterAll, describe, expect, test } from 'vitest';
import { serverForTests } from '../../../tools/servers/for-tests.ts';
import { findVersitygw, startVersitygw } from '../../../tools/servers/versitygw.ts';
import { testConformance } from './support/conformance.ts';
import { type CuttingProxy, cuttingProxy } from './support/cutting-proxy.ts';

const MIB = 2 ** 20;
const server = serverForTests(findVersitygw, startVersitygw);

function open(options: object = {}): Store {
  const { endpoint, accessKeyId, secretAccessKey } = server();
  return new Storage({ kind: 's3', endpoint, accessKeyId, secretAccessKey, ...options });
}

describe('conformance', () => {
  testConformance(open, {
    'awkward keys live side by side, each with its own object': 'this server keeps objects as files',
    'a key may go on where another ends, with a slash too': 'this server keeps objects as files',
  });
});

describe('bodies in parts', () => {
  test('a stream of unknown length is sent in parts, a few at a time, and read by ranges', async () => {
    await using storage = open({ partSize: 5 * MIB, concurrency: 3 });
    await storage.createBucket('parts');
    let taken = 0;
    let ahead = 0;
    const chunks = async function* (): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 64; i++) {
        ahead = Math.max(ahead, ++taken);
        yield Buffer.alloc(MIB, i);
      }
    };
    const { size, etag } = await storage.putObject('parts', 'large', chunks(), {
      contentType: 'application/x-test',
      metadata: { kind: 'large' },
    });
    expect(size).toBe(64 * MIB);
    expect(etag).toMatch(/-13$/); // S3's etag of an object of 13 parts
    const { info, body } = await storage.getObject('parts', 'large', { info: true });
    expect(info).toMatchObject({
      size,
      etag,
      contentType: 'application/x-test',
      metadata: { kind: 'large' },
    });
    for (let i = 0; i < 64; i++)
      expect(body.subarray(i * MIB, (i + 1) * MIB).every((byte) => byte === i)).toBe(true);
    let at = 0;
    for await (const chunk of await storage.getObject('parts', 'large', { stream: true })) {
      expect(Buffer.compare(chunk, body.subarray(at, at + chunk.length))).toBe(0);
      at += chunk.length;
    }
    expect(at).toBe(size);
    const range = { start: 7 * MIB - 3, end: 40 * MIB };
    expect(
      body.subarray(range.start, range.end + 1).equals(await storage.getObject('parts', 'large', { range })),
    ).toBe(true);
  });

  test('a condition holds for an object of parts too, and what was sent is taken back', async () => {
    await using storage = open({ partSize: 5 * MIB });
    await storage.createBucket('conditional');
    await storage.putObject('conditional', 'a', 'kept');
    const body = Buffer.alloc(12 * MIB);
    await expect(storage.putObject('conditional', 'a', body, { ifNoneMatch: '*' })).rejects.toMatchObject({
      code: 'precondition-failed',
    });
    expect(String(await storage.getObject('conditional', 'a'))).toBe('kept');
    const { etag } = await storage.headObject('conditional', 'a');
    await storage.putObject('conditional', 'a', body, { ifMatch: etag });
    expect((await storage.headObject('conditional', 'a')).size).toBe(12 * MIB);
    await expect(storage.putObject('conditional', 'a', body, { ifMatch: etag })).rejects.toMatchObject({
      code: 'precondition-failed',
    });
  });

  test('an object that is replaced while it is read is an error, not a mixture', async () => {
    await using storage = open({ partSize: 5 * MIB, concurrency: 1 });
    await storage.createBucket('replaced');
    await storage.putObject('replaced', 'a', Buffer.alloc(20 * MIB, 1));
    const reading = await storage.getObject('replaced', 'a', { stream: true });
    await storage.putObject('replaced', 'a', Buffer.alloc(20 * MIB, 2));
    let error: unknown;
    try {
      for await (const chunk of reading) expect(chunk.every((byte: number) => byte === 1)).toBe(true);
    } catch (reason) {
      error = reason;
    }
    expect(error).toMatchObject({ code: 'changed', retryable: true, bucket: 'replaced', key: 'a' });
  });
});

describe('when the connection breaks', () => {
  let made: Promise<CuttingProxy> | undefined;
  const throughProxy = async (options: object = {}): Promise<{ storage: Store; proxy: CuttingProxy }> => {
    made ??= cuttingProxy(server().port);
    const proxy = await made;
    return { proxy, storage: open({ endpoint: `http://127.0.0.1:${proxy.port}`, ...options }) };
  };
  afterAll(async () => (await made)?.close());

  test('a conditional write whose answer is lost is not taken for a lost race', async () => {
    const { storage, proxy } = await throughProxy();
    await storage.createBucket('answers');
    proxy.dropAnswers(1);
    const first = await storage.putObject('answers', 'a', 'mine', { ifNoneMatch: '*' });
    expect(first.size).toBe(4);
    proxy.dropAnswers(1);
    await storage.putObject('answers', 'a', 'mine too', { ifMatch: first.etag });
    const { info, body } = await storage.getObject('answers', 'a', { info: true });
    expect([String(body), info.metadata]).toEqual(['mine too', {}]);
  });

  test('a refusal that is lost with its connection is told: there is no such bucket', async () => {
    const { storage, proxy } = await throughProxy({ attempts: 2 });
    proxy.dropAnswers(2);
    await expect(storage.putObject('not-made', 'a', Buffer.alloc(100_000))).rejects.toBeInstanceOf(
      NoSuchBucketError,
    );
  });

  test('an upload in parts whose connections are cut arrives whole', async () => {
    const { storage, proxy } = await throughProxy({ partSize: 5 * MIB });
    await storage.createBucket('cut');
    const bytes = Buffer.alloc(40 * MIB, 'skein');
    const source = async function* (): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < bytes.length; at += MIB) {
        if (at === 20 * MIB) proxy.cut();
        yield bytes.subarray(at, at + MIB);
      }
    };
    await storage.putObject('cut', 'a', source());
    expect(bytes.equals(await open().getObject('cut', 'a'))).toBe(true);
  });

  test('a download whose connections are cut is whole', async () => {
    const { storage, proxy } = await throughProxy({ partSize: 5 * MIB, concurrency: 2 });
    await storage.createBucket('cut-reads');
    const bytes = Buffer.alloc(40 * MIB, 'skein');
    await storage.putObject('cut-reads', 'a', bytes);
    const chunks: Buffer[] = [];
    let cuts = 0;
    for await (const chunk of await storage.getObject('cut-reads', 'a', { stream: true })) {
      chunks.push(chunk);
      if (chunks.length % 2 === 0 && cuts++ < 3) proxy.cut();
    }
    expect(bytes.equals(Buffer.concat(chunks))).toBe(true);
    expect(cuts).toBeGreaterThan(0);
  });
});

describe('what is refused', () => {
  test('wrong credentials are told as such, and never shown', async () => {
    await using storage = open({ secretAccessKey: 'not-the-secret-key' });
    const error: unknown = await storage
      .listKeys('any')
      .next()
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StorageError);
    expect(error).toMatchObject({ code: 'bad-config', message: expect.stringContaining(server().endpoint) });
    const shown = inspect(error, { depth: 20, showHidden: true });
    expect(shown).not.toContain('not-the-secret-key');
    expect(shown).not.toContain('Signature=');
  });

  test('a handle carries the address and no secret', async () => {
    const { secretAccessKey, accessKeyId } = server();
    const bytes = Buffer.from(encode(open({ bucket: 'mine' })).toBytes()).toString('latin1');
    expect(bytes).not.toContain(secretAccessKey);
    expect(bytes).not.toContain(accessKeyId);
    expect(bytes).toContain('mine');
    const { endpoint } = server();
    const withUser = endpoint.replace('//', `//${accessKeyId}:${secretAccessKey}@`);
    expect(
      JSON.stringify(new Storage(`s3://${accessKeyId}:${secretAccessKey}@mine?endpoint=${endpoint}`).config),
    ).not.toContain(secretAccessKey);
    expect(() => new Storage({ kind: 's3', endpoint: withUser })).toThrow(/user info/);
  });

  test.each([
    [{ kind: 's3', buckt: 'a' }, /buckt.*did you mean 'bucket'/],
    [{ kind: 's3', accessKeyId: 'a' }, /secretAccessKey/],
    [{ kind: 's3', sessionToken: 'a' }, /accessKeyId/],
    [{ kind: 's3', endpoint: 'localhost:9000' }, /endpoint/],
    [{ kind: 's3', partSize: 'many' }, /partSize.*64MiB/],
    [{ kind: 'ibm-cos' }, /region/],
    [{ kind: 'ceph' }, /endpoint/],
    ['s3://bucket?regoin=eu-west-1', /regoin.*did you mean 'region'/],
    ['s4://bucket', /known schemes/],
  ])('%o', (config, message) => {
    expect(() => new Storage(config)).toThrow(message);
  });

  test('a frozen server ends by the timeout, and a signal ends at once', async () => {
    await using storage = open({ timeoutMs: 1_000, attempts: 1 });
    await storage.createBucket('frozen');
    await storage.putObject('frozen', 'a', 'x');
    await server().freeze();
    try {
      await expect(storage.getObject('frozen', 'a')).rejects.toMatchObject({ code: 'io', retryable: true });
      const controller = new AbortController();
      const reading = storage.getObject('frozen', 'a', { signal: controller.signal });
      controller.abort(new Error('enough'));
      await expect(reading).rejects.toThrow('enough');
    } finally {
      server().thaw();
    }
    expect(String(await storage.getObject('frozen', 'a'))).toBe('x');
  });

  test('a server that is gone is an error of the network, and one that is back is used again', async () => {
    await using storage = open({ attempts: 2 });
    await storage.createBucket('gone');
    await storage.putObject('gone', 'a', 'x');
    await server().kill();
    await expect(storage.putObject('gone', 'a', Readable.from(['y']))).rejects.toMatchObject({ code: 'io' });
    await server().restart();
    expect(String(await storage.getObject('gone', 'a'))).toBe('x');
  });
});
