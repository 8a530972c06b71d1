/** The `azure` driver on Azurite, Microsoft's emulator, which keeps in memory what it is given. */
import { inspect } from 'node:util';
import {
  BlobServiceClient,
  ContainerSASPermissions,
  generateAccountSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { encode } from '@skein/codec';
import { Storage } from '@skein/storage';
import { parseConnectionString } from '@skein/storage/azure';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { findAzurite, startAzurite } from '../../../tools/servers/azurite.ts';
import { serverForTests } from '../../../tools/servers/for-tests.ts';
import { testConformance } from './support/conformance.ts';
import { testFaults } from './support/faults.ts';

const MIB = 2 ** 20;
const server = serverForTests(findAzurite, startAzurite);

function open(options: object = {}, port: number = server().port): Storage {
  const { account: accountName, key: accountKey } = server();
  const endpoint = `http://127.0.0.1:${port}/${accountName}`;
  return new Storage({ kind: 'azure', accountName, accountKey, endpoint, ...options });
}

afterEach(() => vi.unstubAllEnvs());

// It takes some milliseconds for each of the thousands of requests.
describe('conformance', () => testConformance(open, {}, 300_000));

describe('faults', () =>
  testFaults({ server, open, partSize: 4 * MIB, ifNoneMatch: true, ifMatch: true, forgets: true }));

describe('what is particular to this store', () => {
  test('metadata that Azure has no names for is kept, and that of others is read', async () => {
    await using storage = open();
    await storage.createBucket('metadata');
    const metadata = { 'a-b.c': '1', '1st': 'é', under_score: 'x', a__2d: 'y', 'z_-': 'z' };
    await storage.putObject('metadata', 'ours', 'x', { metadata });
    expect((await storage.headObject('metadata', 'ours')).metadata).toEqual(metadata);
    const client = BlobServiceClient.fromConnectionString(server().connectionString);
    const blob = client.getContainerClient('metadata').getBlockBlobClient('theirs');
    await blob.upload('x', 1, { metadata: { hdi_isfolder: 'true', CamelCase: '1' } });
    const { metadata: theirs, contentType } = await storage.headObject('metadata', 'theirs');
    expect(theirs).toEqual({ hdi_isfolder: 'true', camelcase: '1' });
    expect(contentType).toBe('application/octet-stream');
    expect(String(await storage.getObject('metadata', 'theirs'))).toBe('x');
  });

  test('a large blob has the MD5 of its bytes, and one that comes with another is refused', async () => {
    await using storage = open({ partSize: MIB });
    await storage.createBucket('sums');
    await storage.putObject('sums', 'large', Buffer.alloc(3 * MIB, 1));
    const client = BlobServiceClient.fromConnectionString(server().connectionString);
    const blob = client.getContainerClient('sums').getBlockBlobClient('large');
    expect((await blob.getProperties()).contentMD5).toHaveLength(16);
    await blob.setHTTPHeaders({ blobContentMD5: new Uint8Array(16) });
    for (const stream of [false, true]) {
      const read = async (): Promise<unknown> => {
        if (!stream) return storage.getObject('sums', 'large');
        return (await storage.getObject('sums', 'large', { stream })).toArray();
      };
      await expect(read()).rejects.toMatchObject({ code: 'corrupt', bucket: 'sums', key: 'large' });
    }
  });

  test('of two that write a key in blocks at once, the later is told to write again', async () => {
    await using storage = open({ partSize: MIB, concurrency: 1 });
    await storage.createBucket('overtaken');
    const source = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(2 * MIB, 1);
      await storage.putObject('overtaken', 'a', Buffer.alloc(3 * MIB, 2));
      yield Buffer.alloc(MIB, 1);
    };
    await expect(storage.putObject('overtaken', 'a', source())).rejects.toMatchObject({
      code: 'busy',
      retryable: true,
      message: expect.stringContaining('write it again'),
    });
    expect((await storage.getObject('overtaken', 'a'))[0]).toBe(2);
  });

  test('a delimiter of any kind', async () => {
    await using storage = open();
    await storage.createBucket('delimiters');
    for (const key of ['a.b.c', 'a.', 'a\\b', 'a\\c', 'b']) await storage.putObject('delimiters', key, '');
    const list = async (delimiter: string): Promise<string[]> => {
      const keys: string[] = [];
      for await (const key of storage.listKeys('delimiters', '', { delimiter })) keys.push(key);
      return keys.sort();
    };
    expect(await list('.')).toEqual(['a.', 'a\\b', 'a\\c', 'b']);
    expect(await list('\\')).toEqual(['a.', 'a.b.c', 'a\\', 'b']);
  });
});

describe('credentials', () => {
  test('wrong ones are told as such, and never shown', async () => {
    const accountKey = Buffer.from('not the key of this account').toString('base64');
    await using storage = open({ accountKey });
    const error: unknown = await storage.headObject('any', 'k').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'bad-config', bucket: 'any', key: 'k' });
    expect(String(error)).toMatch(/127\.0\.0\.1:\d+\/skein refused .* to the option accountKey/);
    expect(inspect(error, { depth: 20, showHidden: true })).not.toMatch(/SharedKey|bm90IHRoZ/);
    expect(Buffer.from(encode(storage).toBytes()).toString('latin1')).not.toContain(accountKey);
  });

  test('a shared access signature lets in as long as it lasts', async () => {
    const { account, key } = server();
    const sign = (hours: number): string =>
      generateAccountSASQueryParameters(
        {
          permissions: ContainerSASPermissions.parse('racwdl') as never,
          services: 'b',
          resourceTypes: 'sco',
          startsOn: new Date(Date.now() - 2 * 3_600_000),
          expiresOn: new Date(Date.now() + hours * 3_600_000),
        },
        new StorageSharedKeyCredential(account, key),
      ).toString();
    const sasToken = sign(1);
    await using storage = open({ accountKey: undefined, sasToken: `?${sasToken}` });
    await storage.createBucket('signed');
    await storage.putObject('signed', 'a/b', 'x');
    expect(String(await storage.getObject('signed', 'a/b'))).toBe('x');
    expect(JSON.stringify(storage.config)).not.toContain('sig');
    await using late = open({ accountKey: undefined, sasToken: sign(-1) });
    const error: unknown = await late.getObject('signed', 'a/b').catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'bad-config',
      message: expect.stringContaining('the option sasToken'),
    });
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('sig=');
  });

  test('the variables of Azure are heard, and those of another account are not', async () => {
    vi.stubEnv('AZURE_STORAGE_CONNECTION_STRING', server().connectionString);
    await using storage = new Storage({ kind: 'azure', bucket: 'skein' });
    await storage.createBucket('variables');
    await storage.headBucket('variables');
    await using named = new Storage('azure://skein/bucket');
    await named.headBucket('variables');
    expect(named.reach).toBe('host');
    expect(new Storage('azure://other').reach).toBe('network');
    vi.stubEnv('AZURE_STORAGE_CONNECTION_STRING', '');
    vi.stubEnv('AZURE_STORAGE_ACCOUNT', server().account);
    vi.stubEnv('AZURE_STORAGE_KEY', server().key);
    await using keyed = new Storage({
      kind: 'azure',
      accountName: server().account,
      endpoint: server().endpoint,
    });
    await keyed.headBucket('variables');
  });
});

describe('configuration', () => {
  beforeEach(() => {
    for (const name of ['CONNECTION_STRING', 'ACCOUNT', 'KEY', 'SAS_TOKEN'])
      vi.stubEnv(`AZURE_STORAGE_${name}`, '');
  });

  test.each([
    ['azure://account/container', 'container', 'network'],
    ['az://account?endpoint=http://localhost:10000/account', 'skein', 'host'],
  ])('%s', (address, bucket, reach) => {
    const storage = new Storage(address);
    expect([storage.kind, storage.bucket, storage.reach]).toEqual(['azure', bucket, reach]);
    expect(storage.config).toMatchObject({ accountName: 'account' });
  });

  test.each([
    [{}, /accountName: must be given/],
    [
      { accountName: 'a', accountKey: 'very-secret', sasToken: 'very-secret' },
      /sasToken: and accountKey were given/,
    ],
    [{ accountName: 'a', endpoint: 'here' }, /endpoint: must be a URL/],
    [{ endpoint: 'https://here', accountKey: 'very-secret' }, /accountName: must be given/],
  ])('%j is refused', (options, message) => {
    const make = (): Storage => new Storage({ kind: 'azure', ...options });
    expect(make).toThrow(message);
    expect(make).not.toThrow(/very-secret/);
  });

  test('a connection string is taken apart, and one that is none is not quoted', () => {
    expect(
      parseConnectionString('AccountName=a;AccountKey=a+/b==;EndpointSuffix=core.chinacloudapi.cn', 'it'),
    ).toEqual({
      accountName: 'a',
      accountKey: 'a+/b==',
      sasToken: undefined,
      endpoint: 'https://a.blob.core.chinacloudapi.cn',
    });
    const signed = 'BlobEndpoint=https://a.blob.core.windows.net/;SharedAccessSignature=sv=1&sig=x%3D';
    expect(parseConnectionString(signed, 'it')).toMatchObject({
      accountName: 'a',
      sasToken: 'sv=1&sig=x%3D',
    });
    expect(parseConnectionString('UseDevelopmentStorage=true', 'it').accountName).toBe('devstoreaccount1');
    expect(() => parseConnectionString('very-secret', 'it')).toThrow(/must be a connection string.*\(it\)/);
    expect(() => parseConnectionString('very-secret', 'it')).not.toThrow(/very-secret/);
  });

  test('an identity is not told to a service without TLS', async () => {
    await using storage = new Storage({ kind: 'azure', accountName: 'a', endpoint: 'http://127.0.0.1:9/a' });
    await expect(storage.headBucket('b')).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringContaining('needs accountKey or sasToken'),
    });
  });
});
