/** The `swift` driver on a real OpenStack Swift; Keystone before it is recorded. */
import { inspect } from 'node:util';
import { Storage, StorageError } from '@skein/storage';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serverForTests } from '../../../tools/servers/for-tests.ts';
import { findSwift, startSwift } from '../../../tools/servers/swift.ts';
import { AWKWARD_KEYS } from '../src/conformance/keys.ts';
import { findSwiftCredentials } from '../src/swift/credentials.ts';
import { checkOf } from '../src/swift/describe.ts';
import { testConformance } from './support/conformance.ts';
import { testFaults } from './support/faults.ts';
import { type RecordedKeystone, startRecordedKeystone } from './support/recorded-keystone.ts';

const MIB = 2 ** 20;
const server = serverForTests(findSwift, startSwift);

/** Swift tells the address of the account by the host that it was asked as: another port is kept. */
function open(options: object = {}, port: number = server().port): Storage {
  const { user, key } = server();
  const authUrl = `http://127.0.0.1:${port}/auth/v1.0`;
  return new Storage({ kind: 'swift', authUrl, username: user, password: key, ...options });
}

async function keysOf(storage: Storage, bucket: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of storage.listKeys(bucket)) keys.push(key);
  return keys;
}

describe('conformance', () => {
  testConformance(
    open,
    {
      'awkward keys live side by side, each with its own object':
        'a name in Swift holds no NUL; all others have a test of their own',
    },
    480_000,
  );
});

testFaults({ server, open, partSize: 5 * MIB, ifNoneMatch: false, ifMatch: false });

test('every key without a NUL is an object of its own, and one with it is refused', {
  timeout: 120_000,
}, async () => {
  await using storage = open();
  await storage.createBucket('awkward');
  const kept = AWKWARD_KEYS.filter((key) => !key.includes('\0'));
  for (const key of kept) await storage.putObject('awkward', key, key);
  for (const key of ['\0', 'nul\0byte']) {
    const refusal = { code: 'bad-argument', key, message: expect.stringContaining('NUL') };
    await expect(storage.putObject('awkward', key, key)).rejects.toMatchObject(refusal);
    await expect(storage.getObject('awkward', key)).rejects.toMatchObject({ code: 'no-such-key', key });
    await storage.deleteObject('awkward', key);
  }
  for (const key of kept) expect(String(await storage.getObject('awkward', key))).toBe(key);
  await storage.deleteObjects('awkward', kept);
  expect(await keysOf(storage, 'awkward')).toEqual([]);
});

test('conditions that Swift cannot hold are refused by name', async () => {
  await using storage = open();
  for (const [capability, condition] of [
    ['if-none-match', { ifNoneMatch: '*' }],
    ['if-match', { ifMatch: 'etag' }],
  ] as const) {
    expect(await storage.supports(capability)).toBe(false);
    const writing = storage.putObject('any', 'a', 'x', condition);
    await expect(writing).rejects.toMatchObject({ code: 'unsupported', capability });
  }
});

test('names of metadata that servers drop come back as they went', async () => {
  await using storage = open();
  await storage.createBucket('names');
  const metadata = {
    plain: '1',
    'with-hyphen': '2',
    under_score: '3',
    'a.dot': '4',
    'a..b': '5',
    'a.-b': '6',
  };
  await storage.putObject('names', 'a', '', { metadata });
  expect((await storage.headObject('names', 'a')).metadata).toEqual(metadata);
});

describe('segments', () => {
  const large = Buffer.alloc(3 * MIB);
  const small = { partSize: MIB };

  test('go with their object, whether it is deleted or replaced, and others stay', async () => {
    await using storage = open(small);
    await storage.createBucket('seg');
    const segments = (): Promise<string[]> => keysOf(storage, 'seg_segments');
    await storage.putObject('seg', 'kept', large);
    expect((await segments()).length).toBe(3);
    await storage.putObject('seg', 'deleted', large);
    await storage.putObject('seg', 'replaced', large);
    await storage.putObject('seg', 'again', large);
    await storage.deleteObjects('seg', ['deleted', 'never there']);
    await storage.putObject('seg', 'replaced', 'small now');
    await storage.putObject('seg', 'again', large);
    expect((await segments()).length).toBe(6);
    expect((await storage.getObject('seg', 'kept')).equals(large)).toBe(true);
    await storage.deleteObjects('seg', ['kept', 'again', 'replaced']);
    expect(await segments()).toEqual([]);
  });

  test('of an upload that fails are taken back, and those of a bucket go with it', async () => {
    await using storage = open(small);
    await storage.createBucket('left');
    const source = async function* (): AsyncGenerator<Uint8Array> {
      yield large;
      throw new Error('the source broke');
    };
    await expect(storage.putObject('left', 'a', source())).rejects.toEqual(new Error('the source broke'));
    expect(await keysOf(storage, 'left_segments')).toEqual([]);
    await storage.deleteBucket('left');
    await expect(storage.headBucket('left_segments')).rejects.toMatchObject({ code: 'no-such-bucket' });
  });

  test("of a bucket that others' objects share leave those alone", async () => {
    await using storage = open(small);
    await storage.createBucket('shared');
    await storage.putObject('shared', 'a', large);
    await storage.putObject('shared_segments', 'theirs', 'x');
    await storage.deleteObject('shared', 'a');
    await storage.deleteBucket('shared');
    expect(await keysOf(storage, 'shared_segments')).toEqual(['theirs']);
  });
});

test('wrong credentials are told as such, and never shown', async () => {
  await using storage = open({ password: 'not-the-password' });
  const error: unknown = await storage
    .listKeys('any')
    .next()
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(StorageError);
  expect(error).toMatchObject({
    code: 'bad-config',
    message: expect.stringMatching(/127\.0\.0\.1:\d+\/auth\/v1\.0, asked as the user that was given/),
  });
  expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('not-the-password');
});

describe('by Keystone', () => {
  let keystone: RecordedKeystone;
  let asked = 0;
  beforeAll(async () => {
    const accepts = (auth: unknown): boolean => /"(?:right|secret)"/.test(JSON.stringify(auth));
    keystone = await startRecordedKeystone(accepts, async () => {
      const { authUrl, user, key } = server();
      const answer = await fetch(authUrl, { headers: { 'x-auth-user': user, 'x-auth-key': key } });
      const url = answer.headers.get('x-storage-url') ?? '';
      // The first token is one that has run out.
      return { url, token: asked++ === 0 ? 'AUTH_ftnone' : (answer.headers.get('x-auth-token') ?? '') };
    });
  });
  afterAll(() => keystone?.close());
  const by = (options: object): Storage =>
    new Storage({ kind: 'swift', authUrl: keystone.authUrl, ...options });

  test('a user has a project and domains; a token that ran out is followed by another', async () => {
    await using storage = by({ username: 'ada', password: 'right', project: 'engine', userDomain: 'people' });
    await storage.createBucket('keystone');
    await storage.putObject('keystone', 'a', 'x');
    expect(String(await storage.getObject('keystone', 'a'))).toBe('x');
    expect(keystone.requests).toHaveLength(2);
    expect(keystone.requests[0]).toEqual({
      identity: {
        methods: ['password'],
        password: { user: { name: 'ada', domain: { name: 'people' }, password: 'right' } },
      },
      scope: { project: { name: 'engine', domain: { name: 'Default' } } },
    });
  });

  test('an application credential needs nothing else', async () => {
    await using storage = by({ applicationCredentialId: 'id', applicationCredentialSecret: 'secret' });
    await storage.headBucket('keystone');
    expect(keystone.requests.at(-1)).toEqual({
      identity: {
        methods: ['application_credential'],
        application_credential: { id: 'id', secret: 'secret' },
      },
    });
  });

  test('a region without a Swift is an error that names the others', async () => {
    await using storage = by({ username: 'ada', password: 'right', projectId: 'p', region: 'RegionSix' });
    await expect(storage.headBucket('any')).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringMatching(
        /'RegionSix'.*internal in RegionOne, public in RegionOne, public in RegionTwo/,
      ),
    });
  });

  test('a wrong password is told as such', async () => {
    await using storage = by({ username: 'ada', password: 'wrong-password', project: 'engine' });
    const error: unknown = await storage.headBucket('any').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'bad-config', message: expect.stringContaining(keystone.authUrl) });
    expect(inspect(error, { depth: 20 })).not.toContain('wrong-password');
  });
});

describe('without a server', () => {
  test('an address and its handle', () => {
    const address = 'swift://ada:secret@photos?authUrl=https://cloud.example:5000/v3&project=engine';
    const storage = new Storage(address);
    expect([storage.bucket, storage.reach]).toEqual(['photos', 'network']);
    expect(storage.config).toMatchObject({ kind: 'swift', bucket: 'photos', project: 'engine' });
    expect(JSON.stringify(storage.config)).not.toMatch(/ada|secret/);
  });

  test.each([
    [{ kind: 'swift', authUrl: 'cloud.example' }, /authUrl/],
    [{ kind: 'swift', authUrl: 'https://ada:secret@cloud.example' }, /user info/],
    [{ kind: 'swift', authUrl: 'https://c', username: 'ada' }, /password/],
    [{ kind: 'swift', authUrl: 'https://c', applicationCredentialId: 'a' }, /applicationCredentialSecret/],
    [{ kind: 'swift', authUrl: 'https://c', interface: 'secret' }, /interface.*'public'/],
  ])('%o is refused', (config, message) => {
    expect(() => new Storage(config)).toThrow(message);
  });

  test("credentials are found where OpenStack's clients look, and a lack of them says where", () => {
    const v3 = 'https://cloud.example:5000/v3';
    const v1 = 'http://host:8080/auth/v1.0';
    const user = { OS_USERNAME: 'ada', OS_PASSWORD: 'secret', OS_TENANT_NAME: 'engine' };
    expect(findSwiftCredentials(v3, {}, user)).toMatchObject({
      found: 'the user of OS_USERNAME',
      identity: { username: 'ada', project: 'engine', userDomain: 'Default' },
    });
    const application = { OS_APPLICATION_CREDENTIAL_ID: 'id', OS_APPLICATION_CREDENTIAL_SECRET: 's' };
    expect(findSwiftCredentials(v3, {}, { ...user, ...application })).toMatchObject({
      identity: { id: 'id' },
    });
    expect(findSwiftCredentials(v1, {}, { ST_USER: 'a:b', ST_KEY: 'c' })).toMatchObject({
      version: 1,
      user: 'a:b',
    });
    expect(() => findSwiftCredentials(v3, {}, {})).toThrow(/OS_USERNAME and OS_PASSWORD/);
    expect(() => findSwiftCredentials(v3, {}, { OS_USERNAME: 'a', OS_PASSWORD: 'b' })).toThrow(
      /OS_PROJECT_NAME/,
    );
    expect(() => findSwiftCredentials(v1, {}, {})).toThrow(/ST_USER and ST_KEY/);
  });

  test('bytes that are not those that were stored are an error', () => {
    const etag = '5d41402abc4b2a76b9719d911017c592'; // of 'hello'
    const sum = (text: string): void => {
      const check = checkOf({ etag }, 'b', 'k');
      check?.update(Buffer.from(text));
      check?.done();
    };
    expect(() => sum('hello')).not.toThrow();
    expect(() => sum('hallo')).toThrow(/"k" in bucket "b" came with the MD5/);
    expect(checkOf({ etag: `"${etag}"`, 'x-static-large-object': 'True' }, 'b', 'k')).toBeUndefined();
  });
});
