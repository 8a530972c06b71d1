/** Objects of a store, read through a cache. */
import { randomBytes } from 'node:crypto';
import { Cache, type ObjectSource } from '@skein/cache';
import { expect, test, vi } from 'vitest';
import { temporaryDirectory } from './support/directory.ts';

/** As much of a store as is asked for. */
function store(): ObjectSource & { readonly objects: Map<string, Buffer>; readonly config: object } {
  const objects = new Map<string, Buffer>();
  const infoOf = (key: string): { etag: string; size: number } => {
    const body = objects.get(key);
    if (body === undefined) throw Object.assign(new Error(`no object ${key}`), { code: 'no-such-key' });
    return { etag: body.toString('hex').slice(0, 16), size: body.length };
  };
  return {
    objects,
    config: { kind: 'test', id: randomBytes(6).toString('hex') },
    headObject: vi.fn(async (_bucket: string, key: string) => infoOf(key)),
    getObject: vi.fn(async (_bucket: string, key: string) => ({
      info: infoOf(key),
      body: Buffer.from(objects.get(key)!),
    })),
  };
}

test('a version of an object is read once, and another one when it is replaced', async () => {
  const cache = new Cache({ namespace: 'objects', node: { directory: temporaryDirectory() } });
  const source = store();
  const cached = cache.wrap(source);
  source.objects.set('model', Buffer.from('version one'));
  const bodies = await Promise.all([1, 2, 3].map(() => cached.getObject('bucket', 'model')));
  expect(bodies.map(String)).toEqual(Array(3).fill('version one'));
  expect(source.getObject).toHaveBeenCalledOnce();
  expect(String(await cached.getObject('other bucket', 'model'))).toBe('version one');
  expect(source.getObject).toHaveBeenCalledTimes(2);
  source.objects.set('model', Buffer.from('another one'));
  expect(String(await cached.getObject('bucket', 'model'))).toBe('another one');
  await expect(cached.getObject('bucket', 'none')).rejects.toMatchObject({ code: 'no-such-key' });
  await cache.close();
});

test('what is replaced between the two requests is not kept for what it was', async () => {
  const cache = new Cache({ namespace: 'replaced', tiers: ['memory'] });
  const source = store();
  source.objects.set('model', Buffer.from('version one'));
  const cached = cache.wrap(source);
  vi.mocked(source.getObject).mockImplementationOnce(async () => ({
    info: { etag: 'a later one', size: 5 },
    body: Buffer.from('later'),
  }));
  expect(String(await cached.getObject('bucket', 'model'))).toBe('later');
  expect(String(await cached.getObject('bucket', 'model'))).toBe('version one');
  await cache.close();
});

test('the store is asked for etags as seldom as is asked for', async () => {
  const cache = new Cache({ namespace: 'trusting', tiers: ['memory'] });
  const source = store();
  source.objects.set('model', Buffer.from('version one'));
  const cached = cache.wrap(source, { trustMs: 60_000 });
  await cached.getObject('bucket', 'model');
  await cached.getObject('bucket', 'model');
  expect(source.headObject).toHaveBeenCalledOnce();
  await cache.close();
});

test('a store that cannot be told from others, or is none, is refused', async () => {
  const cache = new Cache({ namespace: 'refused', tiers: ['memory'] });
  const { config: _, ...anonymous } = store();
  expect(() => cache.wrap(anonymous)).toThrow('name must be given for a store without a configuration');
  expect(() => cache.wrap({} as never)).toThrow('the store must be one with getObject and headObject; got');
  await cache.close();
});
