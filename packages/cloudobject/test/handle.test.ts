import { decode, encode } from '@skein/codec';
import { Storage } from '@skein/storage';
import { describe, expect, test } from 'vitest';
import {
  CloudObject,
  CloudObjectGoneError,
  cloudObject,
  deleteCloudObjects,
  findCloudObject,
  getCloudObject,
  putCloudObject,
} from '../src/index.ts';
import { everyStore, failureOf, folder, keysOf, memory, without } from './support/stores.ts';

const scope = 'handles';

describe.each(everyStore)('on %s', (name, open) => {
  const storage = open();

  test('a handle travels with all that is needed, and reads the same', async () => {
    const object = await cloudObject({ answer: 42 }, { storage, scope });
    const message = encode({ one: object, two: object });
    expect(message.reach).toBe(name === 'memory' ? 'process' : 'host');
    expect(message.modules).toContain('@skein/cloudobject');
    const there = decode<{ one: typeof object; two: typeof object }>(message.toBytes());
    expect(there.one).toBe(there.two);
    expect(there.one).toBeInstanceOf(CloudObject);
    expect(await there.one.get()).toEqual({ answer: 42 });
    const { storage: _here, ...rest } = object;
    expect(there.one).toMatchObject(rest);
  });

  test('all handles of one store share one storage', async () => {
    const objects = await Promise.all([1, 2, 3].map((value) => cloudObject(value, { storage, scope })));
    const there = decode<typeof objects>(encode(objects).toBytes());
    expect(new Set(there.map((object) => object.storage)).size).toBe(1);
  });

  test('it streams, tells what it is, and deletes', async () => {
    const object = await cloudObject('some text', { storage, scope });
    const chunks: Buffer[] = [];
    for await (const chunk of await object.stream()) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).toBe('some text');
    expect(await object.head()).toMatchObject({ size: 9, etag: object.etag });
    expect(String(object)).toBe(`CloudObject(text, 9 bytes, skein/${object.key})`);
    await object.delete();
    await object.delete();
    expect((await failureOf(object.get())).name).toBe('CloudObjectGoneError');
  });

  test('what has become of the object is an error that says which, when and by whom', async () => {
    const object = await cloudObject(new Float64Array(2), { storage, scope });
    const whole = new RegExp(
      `skein/${object.key} \\(Float64Array, 16 bytes\\), made at ${new Date(object.made).toISOString()} ` +
        `by process ${process.pid}, outside of calls, is gone: it was deleted, or its scope 'handles' was cleaned`,
    );
    await storage.deleteObject(object.bucket, object.key);
    for (const failure of [object.get(), object.stream(), object.head(), getCloudObject(storage, object)]) {
      const error = await failureOf(failure);
      expect(error).toBeInstanceOf(CloudObjectGoneError);
      expect(error).toMatchObject({
        code: 'cleaned',
        key: object.key,
        message: expect.stringMatching(whole),
      });
    }
  });

  test('one that was replaced is another: it is not read, and not deleted', async () => {
    const first = await cloudObject('first', { storage, scope, key: 'a/name' });
    const second = await cloudObject('second', { storage, scope, key: 'a/name' });
    for (const failure of [first.get(), first.stream(), first.head()])
      expect(await failureOf(failure)).toMatchObject({ code: 'replaced', message: /was replaced/ });
    await first.delete();
    expect(await second.get()).toBe('second');
  });

  test('one that has expired is read no more, whether or not it is there', async () => {
    const object = await cloudObject('soon gone', { storage, scope, expiresAfterMs: 1 });
    while (Date.now() <= object.expires!) await new Promise((resolve) => setTimeout(resolve, 1)); // a clock has to go on
    expect(await failureOf(object.get())).toMatchObject({ code: 'expired', message: /has expired at / });
    await object.delete();
    expect(await keysOf(storage, object.key)).toEqual([]);
  });

  test('a key finds its object again, with its description', async () => {
    await cloudObject(new Int16Array([1, 2]), { storage, scope, key: 'numbers', expiresAfterMs: 60_000 });
    const found = await findCloudObject<Int16Array>('numbers', { storage, scope });
    expect(await found?.get()).toStrictEqual(new Int16Array([1, 2]));
    expect(found).toMatchObject({ by: `process-${process.pid}`, format: 'Int16Array' });
    expect(found!.expires! - found!.made).toBe(60_000);
    expect(await findCloudObject('letters', { storage, scope })).toBeUndefined();
  });

  test('many are deleted at once', async () => {
    const objects = await Promise.all([1, 2, 3].map((value) => putCloudObject(storage, value, { scope })));
    expect(await getCloudObject(storage, objects[1]!)).toBe(2);
    await deleteCloudObjects(storage, objects);
    await deleteCloudObjects(storage, objects);
    expect(await keysOf(storage, objects[0]!.key)).toEqual([]);
  });
});

test('a waiting read is ended by its signal', async () => {
  const object = await cloudObject('x', { storage: memory(), scope });
  await expect(object.get({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
});

test('no secret is in a handle, nor in what is stored', async () => {
  const secret = 'pa55word';
  const root = folder();
  const inner = new Storage(`file:${root}`);
  // As a driver of a network says its address: with an account that must not travel.
  const driver = {
    kind: 'mine',
    reach: 'network' as const,
    capabilities: new Set<never>(),
    config: { kind: 'mine', endpoint: `https://me:${secret}@example.org` },
    put: (bucket: string, key: string, body: { kind: string; parts?: Uint8Array[] }) =>
      inner.putObject(bucket, key, body.parts ?? []),
    get: () => Promise.reject(new Error('unused')),
    head: () => Promise.reject(new Error('unused')),
    delete: async () => {},
    list: async function* () {},
    createBucket: (bucket: string) => inner.createBucket(bucket),
    headBucket: async () => true,
    deleteBucket: async () => {},
  };
  const object = await cloudObject({ plain: true }, { storage: new Storage(driver as never), scope });
  const travelling = Buffer.from(encode(object).toBytes()).toString('latin1');
  expect(travelling).toContain('example.org');
  expect(travelling).not.toContain(secret);
  for (const key of await keysOf(inner))
    expect(String(await inner.getObject('skein', key)) + key).not.toContain(secret);
});

describe('refused:', () => {
  test.each([
    [{ scope: 'a/b' }, /scope must be/],
    [{ scope: '' }, /scope must be/],
    [{ scope: 'executor' }, /scope must be 'program' or a name outside of calls/],
    [{ scope: 'job' }, /no executor and no job/],
    [{ scope, key: '/x' }, /key must be/],
    [{ scope, key: 'x'.repeat(201) }, /key must be a text of 1 to 200 bytes/],
    [{ scope, expiresAfterMs: 0 }, /expiresAfterMs must be a positive number/],
    [{ scope, expiresAfterMs: Number.NaN }, /expiresAfterMs/],
  ])('%j', async (options, reason) => {
    const storage = memory();
    const error = await failureOf(cloudObject(1, { storage, ...options }));
    expect(error).toMatchObject({ code: 'bad-argument', message: expect.stringMatching(reason) });
    expect(await keysOf(storage)).toEqual([]);
  });

  test('a key where the store keeps no metadata: nothing would say what the object is', async () => {
    const storage = without('metadata');
    expect(await failureOf(cloudObject(1, { storage, scope, key: 'a' }))).toMatchObject({
      code: 'unsupported',
    });
    expect(await (await cloudObject(1, { storage, scope })).get()).toBe(1);
  });
});
