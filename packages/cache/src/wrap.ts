/** Objects of a store, read through a cache: each version of an object is an entry, so that none is ever served for another. */
import { createHash } from 'node:crypto';
import type { Cache } from './cache.ts';
import { badArgument } from './errors.ts';
import type { LoadOptions } from './load-options.ts';

/** What is known of an object; `Storage` of @skein/storage tells more. */
export interface SourceInfo {
  readonly etag: string;
  readonly size: number;
}

/** A store, as far as it is read here: such as a `Storage` of @skein/storage. */
export interface ObjectSource {
  getObject(
    bucket: string,
    key: string,
    options: { readonly info: true },
  ): Promise<{ readonly info: SourceInfo; readonly body: Buffer }>;
  headObject(bucket: string, key: string): Promise<SourceInfo>;
}

export interface WrapOptions extends Pick<LoadOptions, 'ttlMs' | 'once' | 'leaseMs'> {
  /** Tells stores apart that keep different objects under the same names. @default the store's configuration, where it has one */
  readonly name?: string | undefined;
  /** The store is asked for an object's etag when it was not for so long, milliseconds. 0: each time. @default 0 */
  readonly trustMs?: number | undefined;
}

/** Reads of a store through a cache. */
export interface CachedStore {
  /** The bytes of the object's present version. They are shared by all who read it: do not change them. */
  getObject(bucket: string, key: string): Promise<Buffer>;
  /** What the store says, at most `trustMs` old. */
  headObject(bucket: string, key: string): Promise<SourceInfo>;
}

interface CachedObject {
  readonly info: SourceInfo;
  readonly body: Buffer;
}

export function wrapStore(cache: Cache, store: ObjectSource, options: WrapOptions): CachedStore {
  if (typeof store?.getObject !== 'function' || typeof store.headObject !== 'function')
    throw badArgument('the store', 'one with getObject and headObject', store);
  const { name = nameOf(store), trustMs = 0, ttlMs, once, leaseMs } = options;
  if (!(typeof trustMs === 'number' && trustMs >= 0))
    throw badArgument('trustMs', 'milliseconds, 0 or more', trustMs);
  /** Keys of objects may be as long as those of entries, and hold anything. */
  const id = (bucket: string, key: string): string =>
    `object ${createHash('sha256')
      .update(JSON.stringify([name, bucket, key]))
      .digest('hex')}`;

  const headObject = (bucket: string, key: string): Promise<SourceInfo> => {
    const ask = async (): Promise<SourceInfo> => {
      const { etag, size } = await store.headObject(bucket, key);
      return { etag, size };
    };
    if (trustMs === 0) return ask();
    return cache.getOrSet(`${id(bucket, key)} head`, ask, { ttlMs: trustMs, once: 'process' });
  };

  return {
    headObject,
    async getObject(bucket, key) {
      const { etag } = await headObject(bucket, key);
      const read = async (): Promise<CachedObject> => {
        const { info, body } = await store.getObject(bucket, key, { info: true });
        return { info: { etag: info.etag, size: info.size }, body };
      };
      const load = { ttlMs, once, leaseMs };
      const { info, body } = await cache.getOrSet(id(bucket, key), read, { ...load, version: etag });
      if (info.etag === etag) return body;
      // It was replaced between the two requests: what is kept under the old etag is not of that version.
      await cache.delete(id(bucket, key), { version: etag });
      return body;
    },
  };
}

function nameOf(store: object): string {
  const { config } = store as { config?: unknown };
  if (config !== undefined) return JSON.stringify(config);
  throw badArgument(
    'name',
    'given for a store without a configuration of its own: it tells its objects from others',
    undefined,
  );
}
