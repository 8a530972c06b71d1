/**
 * The `gcs` driver on fake-gcs-server. It asks for no credentials, and takes the chunks of an upload otherwise than the
 * service does: what the driver does about these is in `gcs-uploads.test.ts` and below.
 */
import { inspect } from 'node:util';
import { encode } from '@skein/codec';
import { Storage } from '@skein/storage';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { findFakeGcs, startFakeGcs } from '../../../tools/servers/fake-gcs.ts';
import { serverForTests } from '../../../tools/servers/for-tests.ts';
import { testConformance } from './support/conformance.ts';
import { testFaults } from './support/faults.ts';

const MIB = 2 ** 20;
const server = serverForTests(findFakeGcs, startFakeGcs);

function open(options: object = {}, port: number = server().port): Storage {
  return new Storage({ kind: 'gcs', endpoint: `http://127.0.0.1:${port}`, ...options });
}

afterEach(() => vi.unstubAllEnvs());

describe('conformance', () => testConformance(open, {}, 180_000));

describe('faults', () =>
  testFaults({
    server,
    open,
    partSize: 5 * MIB,
    ifNoneMatch: true,
    ifMatch: true,
    forgets: true,
    unkept: Object.fromEntries(
      [
        'an upload in parts whose connections are cut arrives whole',
        'an upload in parts whose last answer is lost has succeeded: plain',
        'an upload in parts whose last answer is lost has succeeded: conditional',
      ].map((name) => [
        name,
        'fake-gcs-server adds a chunk that is sent again to the one that it has; the service ignores it',
      ]),
    ),
  }));

describe('what is particular to this store', () => {
  test('etags are generations, and nothing else is one', async () => {
    await using storage = open();
    await storage.createBucket('generations');
    const { etag } = await storage.putObject('generations', 'a', 'x');
    expect(etag).toMatch(/^\d{16}$/);
    // 0 is what the service calls the generation of what is not there.
    for (const ifMatch of ['0', '-1', 'x', `${etag}&ifGenerationMatch=0`]) {
      await expect(storage.putObject('generations', 'new', 'x', { ifMatch })).rejects.toMatchObject({
        code: 'precondition-failed',
        found: undefined,
      });
      await expect(storage.putObject('generations', 'a', 'y', { ifMatch })).rejects.toMatchObject({
        code: 'precondition-failed',
        found: etag,
      });
    }
    const missing = storage.putObject('no-generations', 'a', 'x', { ifMatch: 'x' });
    await expect(missing).rejects.toMatchObject({ code: 'no-such-bucket' });
  });

  test('thousands of keys are deleted, some requests at a time', async () => {
    await using storage = open();
    await storage.createBucket('many');
    const keys = Array.from({ length: 300 }, (_, i) => `k/${i}`);
    await Promise.all(keys.map((key) => storage.putObject('many', key, '')));
    await storage.deleteObjects('many', [...keys, 'never there']);
    expect((await storage.listKeys('many').next()).done).toBe(true);
    await expect(storage.deleteObjects('not-many', keys)).rejects.toMatchObject({ code: 'no-such-bucket' });
  });

  test('keys that the service would refuse are objects like all others', async () => {
    await using storage = open();
    await storage.createBucket('breaks');
    const keys = ['.', '..', '.\0', 'a\nb', 'a\rb', 'a\tb', 'a\t\u0001', 'a\t\u0002b', 'a\fb', 'a'];
    for (const key of keys) await storage.putObject('breaks', key, key);
    const listed: string[] = [];
    for await (const key of storage.listKeys('breaks')) listed.push(key);
    expect(listed).toEqual([...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
    const after: string[] = [];
    for await (const key of storage.listKeys('breaks', 'a', { startAfter: 'a\tb' })) after.push(key);
    expect(after).toEqual(['a\nb', 'a\fb', 'a\rb']);
    const [first] = await storage
      .listKeys('breaks', '.\0')
      .next()
      .then(({ value }) => [value]);
    expect(first).toBe('.\0');
  });

  test('a content type cannot smuggle in a header', async () => {
    await using storage = open();
    await storage.createBucket('types');
    const contentType = 'text/plain\r\ncontent-encoding: gzip';
    const refused = storage.putObject('types', 'a', 'x', { contentType });
    await expect(refused).rejects.toMatchObject({ code: 'bad-argument', key: 'a' });
  });
});

describe('configuration', () => {
  const credentials = JSON.stringify({
    type: 'service_account',
    client_email: 'a@b',
    private_key: 'very-secret',
  });

  test.each([
    ['gs://bucket', 'https://storage.googleapis.com', 'bucket', 'network'],
    ['gs://bucket?endpoint=http://localhost:4443&project=p', 'http://localhost:4443', 'bucket', 'host'],
    ['gcs:', 'https://storage.googleapis.com', 'skein', 'network'],
  ])('%s', (address, _endpoint, bucket, reach) => {
    const storage = new Storage(address);
    expect([storage.kind, storage.bucket, storage.reach]).toEqual(['gcs', bucket, reach]);
  });

  test('the variable of emulators is heard', async () => {
    vi.stubEnv('STORAGE_EMULATOR_HOST', `127.0.0.1:${server().port}`);
    await using storage = new Storage('gs://bucket');
    expect(storage.reach).toBe('host');
    await storage.createBucket('emulated');
  });

  test.each([
    [{ endpoint: 'storage' }, /endpoint: must be a URL/],
    [{ endpoint: 'http://host', credentials }, /endpoint: must begin with https:/],
    [{ endpoint: 'http://host', keyFile: '/k' }, /endpoint: must begin with https:/],
    [{ keyFile: '/k', credentials }, /credentials: and keyFile were given/],
    [{ credentials: 'very-secret' }, /credentials: must be the JSON text of a key/],
    [{ projekt: 'p' }, /projekt/],
  ])('%j is refused', (options, message) => {
    const make = (): Storage => new Storage({ kind: 'gcs', ...options });
    expect(make).toThrow(message);
    expect(make).not.toThrow(/very-secret/);
  });

  test('credentials are in no handle, and in no error where Google would not take them', async () => {
    // Nobody listens there: the key is found to be none before.
    await using storage = new Storage({ kind: 'gcs', endpoint: 'https://127.0.0.1:9', credentials });
    expect(Buffer.from(encode(storage).toBytes()).toString('latin1')).not.toContain('very-secret');
    const error: unknown = await storage.headObject('b', 'k').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'bad-config', bucket: 'b', key: 'k' });
    expect(String(error)).toContain('the option credentials');
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('very-secret');
  });

  test('a key file that is not there is told by its path', async () => {
    await using storage = new Storage({ kind: 'gcs', keyFile: '/no/such/key.json' });
    const code = 'bad-config';
    await expect(storage.headBucket('b')).rejects.toMatchObject({
      code,
      message: expect.stringContaining('/no/such/key.json'),
    });
  });
});
