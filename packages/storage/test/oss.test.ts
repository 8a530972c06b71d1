/** The `oss` driver by the recorded protocol (see `support/recorded-oss.ts`): no server of OSS can be had for tests. */
import { inspect } from 'node:util';
import { Storage, StorageError } from '@skein/storage';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AWKWARD_KEYS } from '../src/conformance/keys.ts';
import { findOssCredentials } from '../src/oss/credentials.ts';
import { reasonAgainst } from '../src/oss/describe.ts';
import { testConformance } from './support/conformance.ts';
import { testFaults } from './support/faults.ts';
import { type RecordedOss, startRecordedOss } from './support/recorded-oss.ts';

const KIB = 1024;
let service: RecordedOss;
beforeAll(async () => {
  service = await startRecordedOss();
});
afterAll(() => service.close());

function open(options: object = {}, port: number = service.port): Storage {
  const { accessKeyId, accessKeySecret } = service;
  const endpoint = `http://127.0.0.1:${port}`;
  return new Storage({
    kind: 'oss',
    region: 'cn-hangzhou',
    endpoint,
    accessKeyId,
    accessKeySecret,
    ...options,
  });
}

describe('conformance', () => {
  testConformance(open, {
    'awkward keys live side by side, each with its own object':
      'OSS takes no name of 1,024 bytes, nor one that begins with a slash or a backslash; others have a test of their own',
    'a presigned URL reads or writes its object without credentials, and no other':
      'the recorded protocol is at an IP address, where the URLs of OSS, which have the bucket in their host, do not lead',
  });
});

testFaults({
  server: () => ({
    port: service.port,
    pids: [],
    freeze: () => service.freeze(),
    thaw: () => void service.thaw(),
    kill: () => service.kill(),
    restart: () => service.restart(),
    stop: () => service.close(),
  }),
  open,
  partSize: 5 * 2 ** 20,
  ifNoneMatch: true,
  ifMatch: false,
});

test('a key that OSS can keep is an object of its own, and any other is refused', async () => {
  await using storage = open();
  await storage.createBucket('awkward');
  const kept = AWKWARD_KEYS.filter((key) => reasonAgainst(key) === undefined);
  const others = AWKWARD_KEYS.filter((key) => reasonAgainst(key) !== undefined);
  for (const key of kept) await storage.putObject('awkward', key, key);
  for (const key of others) {
    const refusal = { code: 'bad-argument', key, message: expect.stringContaining('OSS cannot keep') };
    await expect(storage.putObject('awkward', key, key)).rejects.toMatchObject(refusal);
    await expect(storage.getObject('awkward', key)).rejects.toMatchObject({ code: 'no-such-key', key });
  }
  await storage.deleteObjects('awkward', others);
  for (const key of kept) expect(String(await storage.getObject('awkward', key))).toBe(key);
  await storage.deleteObjects('awkward', kept);
  expect((await storage.listKeys('awkward').next()).done).toBe(true);
});

test('what is throttled is tried again, and told as busy in the end', async () => {
  await using storage = open({ attempts: 3 });
  await storage.createBucket('throttled');
  await service.throttle(2);
  await storage.putObject('throttled', 'a', 'x');
  await service.throttle(3);
  await expect(storage.getObject('throttled', 'a')).rejects.toMatchObject({ code: 'busy', retryable: true });
  expect(String(await storage.getObject('throttled', 'a'))).toBe('x');
});

test('an upload in parts that fails is taken back', async () => {
  await using storage = open({ partSize: 100 * KIB, concurrency: 2 });
  await storage.createBucket('taken-back');
  const before = await service.uploads();
  const source = async function* (): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 5; i++) yield Buffer.alloc(100 * KIB);
    expect(await service.uploads()).toBe(before + 1);
    throw new Error('the source broke');
  };
  await expect(storage.putObject('taken-back', 'a', source())).rejects.toEqual(new Error('the source broke'));
  expect(await service.uploads()).toBe(before);
});

test('names of metadata that OSS does not take come back as they went', async () => {
  await using storage = open();
  await storage.createBucket('names');
  const metadata = {
    plain: '1',
    'with-hyphen': '2',
    'two--hyphens': '3',
    under_score: '4',
    'a.dot': '5',
    'a--u': '6',
  };
  await storage.putObject('names', 'a', '', { metadata });
  expect((await storage.headObject('names', 'a')).metadata).toEqual(metadata);
});

test('ifMatch is refused by name', async () => {
  await using storage = open();
  expect(await storage.supports('if-match')).toBe(false);
  await expect(storage.putObject('any', 'a', 'x', { ifMatch: 'etag' })).rejects.toMatchObject({
    code: 'unsupported',
    capability: 'if-match',
  });
});

test('a presigned URL names its bucket in its host, its object and its end', async () => {
  await using storage = open({ endpoint: 'https://oss-cn-hangzhou.aliyuncs.com' });
  const url = new URL(await storage.presignedUrl('photos', 'a b/ü', { expiresInMs: 60_000 }));
  expect([url.host, url.pathname]).toEqual(['photos.oss-cn-hangzhou.aliyuncs.com', '/a%20b/%C3%BC']);
  expect(url.searchParams.get('x-oss-expires')).toBe('60');
  expect(url.searchParams.get('x-oss-signature')).toMatch(/^[0-9a-f]{64}$/);
  expect(url.href).not.toContain(service.accessKeySecret);
});

test.each([
  [{ accessKeySecret: 'not-the-secret' }, /SignatureDoesNotMatch/],
  [{ accessKeyId: 'nobody' }, /InvalidAccessKeyId/],
])('wrong credentials are told as such, and never shown: %o', async (wrong, code) => {
  await using storage = open(wrong);
  const error: unknown = await storage
    .listKeys('any')
    .next()
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(StorageError);
  expect(error).toMatchObject({ code: 'bad-config', message: expect.stringMatching(code) });
  expect(error).toMatchObject({ message: expect.stringContaining('asked with the keys that were given') });
  const shown = inspect(error, { depth: 20, showHidden: true });
  for (const secret of [service.accessKeySecret, 'not-the-secret', 'Signature='])
    expect(shown).not.toContain(secret);
});

describe('without a service', () => {
  test.each([
    ['oss://photos?region=oss-cn-hangzhou', { region: 'oss-cn-hangzhou', bucket: 'photos' }],
    ['oss://id:secret@photos?region=cn-beijing', { region: 'cn-beijing', bucket: 'photos' }],
    [
      'oss://?endpoint=https://oss-eu-central-1.aliyuncs.com',
      { endpoint: 'https://oss-eu-central-1.aliyuncs.com' },
    ],
  ])('%s', (address, expected) => {
    const { config } = new Storage(address);
    expect(config).toMatchObject({ kind: 'oss', ...expected });
    expect(JSON.stringify(config)).not.toContain('secret');
  });

  test.each([
    [{ kind: 'oss' }, /region.*oss-cn-hangzhou/],
    [{ kind: 'oss', endpoint: 'http://10.0.0.1' }, /region/],
    [{ kind: 'oss', region: 'cn-hangzhou', endpoint: 'oss.example' }, /endpoint/],
    [{ kind: 'oss', region: 'cn-hangzhou', accessKeyId: 'a' }, /accessKeySecret/],
    [{ kind: 'oss', region: 'cn-hangzhou', securityToken: 'a' }, /securityToken/],
    [{ kind: 'oss', region: 'cn-hangzhou', partSize: 1 }, /partSize.*100KiB/],
  ])('%o is refused', (config, message) => {
    expect(() => new Storage(config)).toThrow(message);
  });

  test('credentials are found where Alibaba Cloud has them, and a lack of them says where', () => {
    const oss = { OSS_ACCESS_KEY_ID: 'a', OSS_ACCESS_KEY_SECRET: 'b', OSS_SESSION_TOKEN: 'c' };
    const cloud = { ALIBABA_CLOUD_ACCESS_KEY_ID: 'd', ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'e' };
    expect(findOssCredentials({}, oss)).toMatchObject({
      accessKeyId: 'a',
      accessKeySecret: 'b',
      stsToken: 'c',
    });
    expect(findOssCredentials({}, { ...oss, ...cloud })).toMatchObject({
      accessKeyId: 'd',
      stsToken: undefined,
    });
    expect(findOssCredentials({ accessKeyId: 'f', accessKeySecret: 'g' }, cloud).accessKeyId).toBe('f');
    expect(() => findOssCredentials({}, {})).toThrow(/ALIBABA_CLOUD_ACCESS_KEY_ID.*OSS_ACCESS_KEY_ID/);
  });
});
