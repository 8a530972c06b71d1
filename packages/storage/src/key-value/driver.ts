import type { Reach } from '@skein/codec';
import type { DriverList, PortableConfig, StorageDriver } from '../driver.ts';
import { type ReadPlan, readObject } from './read.ts';
import { infoOf, type KeyValueStore } from './store.ts';
import { type WritePlan, writeObject } from './write.ts';

export interface KeyValuePlan extends ReadPlan, WritePlan {
  readonly reach: Reach;
  readonly config: PortableConfig | undefined;
}

/** A storage driver on a key-value server. */
export function keyValueDriver(store: KeyValueStore, plan: KeyValuePlan): StorageDriver {
  return {
    kind: store.kind,
    reach: plan.reach,
    capabilities: store.capabilities,
    config: plan.config,
    put: (bucket, key, body, options) => writeObject(store, plan, bucket, key, body, options),
    get: (bucket, key, options) => readObject(store, plan, bucket, key, options),
    head: async (bucket, key, { signal }) => infoOf(key, await store.describe(bucket, key, signal)),
    delete: (bucket, keys, { signal }) => store.delete(bucket, keys, signal),
    list: (bucket: string, options: DriverList) => store.list(bucket, options),
    createBucket: (bucket) => store.createBucket(bucket),
    headBucket: (bucket) => store.headBucket(bucket),
    deleteBucket: (bucket) => store.deleteBucket(bucket),
    close: () => store.close(),
  };
}
