import type { SnapshotStore } from './snapshot-store.ts';

/** What is needed of a store of objects: `Storage` of `@skein/storage` is one, with any of its drivers. */
export interface ObjectStorage {
  putObject(bucket: string, key: string, body: Uint8Array): Promise<unknown>;
  /** Rejects with an error of the code `no-such-key` when there is none. */
  getObject(bucket: string, key: string): Promise<Uint8Array>;
  listKeys(bucket: string, prefix: string): AsyncIterable<string>;
  deleteObject(bucket: string, key: string): Promise<void>;
}

/**
 * Snapshots in a bucket, which is there already.
 *
 * @param prefix of one server alone, such as `a/`
 * @example
 * await startServer({ data }, { snapshots: bucketStore(new Storage('s3://bucket'), 'bucket', 'dso/a/') });
 */
export function bucketStore(storage: ObjectStorage, bucket: string, prefix: string): SnapshotStore {
  return {
    async put(key, bytes) {
      await storage.putObject(bucket, prefix + key, bytes);
    },
    async get(key) {
      try {
        return await storage.getObject(bucket, prefix + key);
      } catch (error) {
        if ((error as { readonly code?: unknown }).code === 'no-such-key') return undefined;
        throw error;
      }
    },
    async list(start) {
      const keys: string[] = [];
      for await (const key of storage.listKeys(bucket, prefix + start)) keys.push(key.slice(prefix.length));
      return keys;
    },
    async delete(key) {
      await storage.deleteObject(bucket, prefix + key);
    },
  };
}
