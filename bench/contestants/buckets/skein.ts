import { Readable } from 'node:stream';
import type { Storage, StorageConfig } from '@skein/storage';
import { s3Server } from './server.ts';
import type { Store } from './store.ts';

/** As it comes: parts, and how many of them are under way, are Skein's own choice. */
export function storageConfig(driver: 's3' | 'minio'): StorageConfig {
  return { kind: driver, ...s3Server() };
}

export function skeinStore(storage: Storage): Store {
  const { bucket } = storage;
  return {
    write: (key, body) => storage.putObject(bucket, key, body),
    read: (key) => storage.getObject(bucket, key),
    writeStream: (key, pieces) =>
      storage.putObject(bucket, key, Readable.from(pieces, { objectMode: false })),
    readStream: (key) => storage.getObject(bucket, key, { stream: true }),
    async list(prefix) {
      const found = [];
      for await (const { key, size } of storage.listObjects(bucket, prefix)) found.push({ key, size });
      return found;
    },
    remove: (keys) => storage.deleteObjects(bucket, keys),
    close: () => storage.close(),
  };
}
