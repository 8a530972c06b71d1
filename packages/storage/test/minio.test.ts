/**
 * The `minio` driver on MinIO itself, where that is found, and always on a light server that speaks the same: MinIO takes
 * long to build, so that CI does without.
 */
import { inspect } from 'node:util';
import { Storage, StorageError } from '@skein/storage';
import { describe, expect, test } from 'vitest';
import { serverForTests } from '../../../tools/servers/for-tests.ts';
import { findMinio, startMinio } from '../../../tools/servers/minio.ts';
import { NoServerError, type Program } from '../../../tools/servers/program.ts';
import type { S3Server } from '../../../tools/servers/s3.ts';
import { findVersitygw, startVersitygw } from '../../../tools/servers/versitygw.ts';
import { AWKWARD_KEYS } from '../src/conformance/keys.ts';
import { findMinioCredentials } from '../src/minio/credentials.ts';
import { checkOf, crc32Text } from '../src/minio/describe.ts';
import { isMinioKey } from '../src/minio/keys.ts';
import { readListPage } from '../src/minio/xml.ts';
import { testConformance } from './support/conformance.ts';
import { testFaults } from './support/faults.ts';

const MIB = 2 ** 20;
const AWKWARD = 'awkward keys live side by side, each with its own object';
const BELOW = 'a key may go on where another ends, with a slash too';

const minioHere = await findMinio({ install: false }).catch((error: unknown) => {
  if (error instanceof NoServerError) return undefined;
  throw error;
});

describe.skipIf(minioHere === undefined)('on MinIO', () => {
  const server = testDriver(() => Promise.resolve(minioHere as Program), startMinio, {
    [AWKWARD]: 'MinIO keeps objects as files; those that it can keep have a test of their own',
    [BELOW]: 'MinIO lists nothing below a key that is an object itself',
  });

  test('a key that MinIO can keep is an object of its own, and any other is refused', async () => {
    await using storage = open(server());
    await storage.createBucket('awkward');
    const kept = AWKWARD_KEYS.filter(isMinioKey);
    expect(kept.length).toBeGreaterThan(50);
    const others = AWKWARD_KEYS.filter((key) => !isMinioKey(key));
    for (const key of kept) await storage.putObject('awkward', key, key);
    for (const key of others) {
      const refusal = { code: 'bad-argument', key, message: expect.stringContaining('MinIO cannot keep') };
      await expect(storage.putObject('awkward', key, key)).rejects.toMatchObject(refusal);
      await expect(storage.getObject('awkward', key)).rejects.toMatchObject({ code: 'no-such-key', key });
    }
    // The server would take '/a' for 'a': this must reach nothing.
    await storage.deleteObjects('awkward', others);
    for (const key of kept) expect(String(await storage.getObject('awkward', key))).toBe(key);
    await storage.deleteObjects('awkward', kept);
    for (const key of kept)
      await expect(storage.headObject('awkward', key)).rejects.toMatchObject({ code: 'no-such-key' });
  });
});

describe('on another server of its protocol', () => {
  testDriver(findVersitygw, startVersitygw, {
    [AWKWARD]: 'this server keeps objects as files',
    [BELOW]: 'this server keeps objects as files',
  });
});

function open(server: S3Server, options: object = {}, port: number = server.port): Storage {
  const { accessKeyId, secretAccessKey } = server;
  return new Storage({
    kind: 'minio',
    endpoint: `http://127.0.0.1:${port}`,
    accessKeyId,
    secretAccessKey,
    ...options,
  });
}

function testDriver(
  find: (options: { readonly install: boolean }) => Promise<Program>,
  start: (program: Program) => Promise<S3Server>,
  unkept: Readonly<Record<string, string>>,
): () => S3Server {
  const server = serverForTests(find, start);
  describe('conformance', () => testConformance(() => open(server()), unkept, 180_000));
  testFaults({
    server,
    open: (options, port) => open(server(), options, port),
    partSize: 5 * MIB,
    ifNoneMatch: true,
    ifMatch: true,
  });

  test('wrong credentials are told as such, and never shown', async () => {
    await using storage = open(server(), { secretAccessKey: 'not-the-secret-key' });
    const error: unknown = await storage
      .listKeys('any')
      .next()
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StorageError);
    expect(error).toMatchObject({
      code: 'bad-config',
      message: expect.stringMatching(/127\.0\.0\.1:\d+, asked with the keys that were given/),
    });
    const shown = inspect(error, { depth: 20, showHidden: true });
    expect(shown).not.toContain('not-the-secret-key');
    expect(shown).not.toContain('Signature=');
  });

  test('many keys are deleted together, and those that XML cannot hold too', async () => {
    await using storage = open(server());
    await storage.createBucket('many');
    const keys = [
      ...Array.from({ length: 1_200 }, (_, i) => `k/${i}`),
      'tab\tbed',
      'two\nlines',
      '<&>"\'',
      '%41 +',
    ];
    await Promise.all(keys.map((key) => storage.putObject('many', key, '')));
    await storage.deleteObjects('many', [...keys, 'never there']);
    expect((await storage.listKeys('many').next()).done).toBe(true);
  });
  return server;
}

describe('without a server', () => {
  test.each([
    ['minio://host:9000/bucket?tls=true', 'https://host:9000', 'bucket'],
    ['minio://key:secret@host:9000/bucket', 'http://host:9000', 'bucket'],
    ['minio://host', 'http://host', undefined],
  ])('%s', (address, endpoint, bucket) => {
    const { config, bucket: own } = new Storage(address);
    expect(config).toMatchObject({ kind: 'minio', endpoint });
    expect(own).toBe(bucket ?? 'skein');
    expect(JSON.stringify(config)).not.toContain('secret');
  });

  test.each([
    [{ kind: 'minio' }, /endpoint.*http:\/\/host:9000/],
    [{ kind: 'minio', endpoint: 'http://host:9000/path' }, /endpoint.*without a path/],
    [{ kind: 'minio', endpoint: 'http://h', partSize: '1MiB' }, /partSize.*5MiB/],
    [{ kind: 'minio', endpoint: 'http://h', accessKeyId: 'a' }, /secretAccessKey/],
    [{ kind: 'minio', endpoint: 'http://h', profile: 'p' }, /profile/],
  ])('%o is refused', (config, message) => {
    expect(() => new Storage(config)).toThrow(message);
  });

  test('credentials are found where MinIO looks, and a lack of them says where', () => {
    const variables = {
      MINIO_ROOT_USER: 'root',
      MINIO_ROOT_PASSWORD: 'password',
      AWS_ACCESS_KEY_ID: 'aws',
      AWS_SECRET_ACCESS_KEY: 'aws-secret',
      AWS_SESSION_TOKEN: 'token',
    };
    const given = { accessKeyId: 'given', secretAccessKey: 'secret' };
    expect(findMinioCredentials(given, variables).keys?.accessKey).toBe('given');
    expect(findMinioCredentials({}, { ...variables, MINIO_ACCESS_KEY: 'a', MINIO_SECRET_KEY: 'b' })).toEqual({
      found: 'the keys of MINIO_ACCESS_KEY and MINIO_SECRET_KEY',
      keys: { accessKey: 'a', secretKey: 'b' },
    });
    expect(findMinioCredentials({}, variables).keys).toEqual({ accessKey: 'root', secretKey: 'password' });
    expect(findMinioCredentials({}, { ...variables, MINIO_ROOT_USER: '' }).keys).toEqual({
      ...{ accessKey: 'aws', secretKey: 'aws-secret', sessionToken: 'token' },
    });
    expect(findMinioCredentials({}, { AWS_WEB_IDENTITY_TOKEN_FILE: '/token' }).keys).toBeUndefined();
    expect(() => findMinioCredentials({}, {})).toThrow(
      /MINIO_ACCESS_KEY.*MINIO_ROOT_USER.*AWS_ACCESS_KEY_ID/,
    );
  });

  test('bytes that are not those that were stored are an error', () => {
    // CRC-32 of '123456789', the check value of the algorithm's catalogues
    const headers = { 'x-amz-checksum-crc32': crc32Text(0xcbf43926) };
    const sum = (...chunks: string[]): void => {
      const check = checkOf(headers, 'b', 'k');
      for (const chunk of chunks) check?.update(Buffer.from(chunk));
      check?.done();
    };
    expect(() => sum('1234', '56789')).not.toThrow();
    expect(() => sum('1234', '56780')).toThrow(/"k" in bucket "b" came with the CRC-32/);
    expect(checkOf({ 'x-amz-checksum-crc32': `${crc32Text(1)}-2` }, 'b', 'k')).toBeUndefined();
  });

  test('keys in listings are text, whatever they look like', () => {
    const page = readListPage(
      `<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>
       <NextContinuationToken>0012</NextContinuationToken>
       <Contents><Key>0012</Key><LastModified>2026-01-02T03:04:05.678Z</LastModified><ETag>&#34;1e3&#34;</ETag><Size>7</Size></Contents>
       <Contents><Key>+a%2Bb%01</Key><LastModified>2026-01-02T03:04:05Z</LastModified><ETag>"e"</ETag><Size>0</Size></Contents>
       <CommonPrefixes><Prefix>00%2F</Prefix></CommonPrefixes></ListBucketResult>`,
    );
    const lastModified = new Date('2026-01-02T03:04:05Z');
    expect(page).toEqual({
      entries: [
        { kind: 'object', key: ' a+b\u0001', size: 0, etag: 'e', lastModified },
        { kind: 'prefix', prefix: '00/' },
        { kind: 'object', key: '0012', size: 7, etag: '1e3', lastModified },
      ],
      next: '0012',
    });
  });
});
