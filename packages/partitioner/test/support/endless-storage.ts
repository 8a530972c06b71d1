import { setImmediate as turn } from 'node:timers/promises';
import { type ListEntry, Storage, type StorageDriver } from '@skein/storage';

/** A storage whose listings are as long as wanted, and what was asked of it. It has no bytes. */
export function endlessStorage({ pages, perPage }: { readonly pages: number; readonly perPage: number }): {
  readonly storage: Storage;
  readonly listed: { pages: number; ended: boolean };
  readonly heads: { now: number; most: number };
} {
  const listed = { pages: 0, ended: false };
  const heads = { now: 0, most: 0 };
  const entry = (key: string): ListEntry & { readonly kind: 'object' } => ({
    kind: 'object',
    key,
    size: 10,
    etag: `of ${key}`,
    lastModified: new Date(0),
  });
  const unused = async (): Promise<never> => {
    throw new Error('nobody reads or writes here');
  };
  const driver: StorageDriver = {
    kind: 'endless',
    reach: 'process',
    capabilities: new Set(),
    config: undefined,
    async *list(_bucket, { signal }) {
      try {
        for (let page = 0; page < pages; page++) {
          signal?.throwIfAborted();
          await turn(); // as a request would take
          listed.pages++;
          yield Array.from({ length: perPage }, (_, i) => entry(`${page * perPage + i}.txt`));
        }
      } finally {
        listed.ended = true;
      }
    },
    async head(_bucket, key) {
      heads.most = Math.max(heads.most, ++heads.now);
      await turn();
      heads.now--;
      return { ...entry(key), contentType: undefined, metadata: {} };
    },
    ...{ put: unused, get: unused, delete: unused, createBucket: unused, deleteBucket: unused },
    headBucket: async () => true,
  };
  return { storage: new Storage(driver), listed, heads };
}
