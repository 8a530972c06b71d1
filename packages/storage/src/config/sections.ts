/** Options of stores in sections of a configuration, such as that of an executor: `{ storage: 's3', s3: { … } }`. */
import { type SectionField, section } from '@skein/config';
import type { AzureOptions } from '../azure/options.ts';
import type { StorageConfig } from '../config.ts';
import type { GcsOptions } from '../gcs/options.ts';
import type { InfinispanOptions } from '../infinispan/options.ts';
import type { MinioOptions } from '../minio/options.ts';
import type { OssOptions } from '../oss/options.ts';
import type { RedisOptions } from '../redis/options.ts';
import type { CephOptions, S3Options } from '../s3/options.ts';
import type { SwiftOptions } from '../swift/options.ts';
import { KINDS } from './kinds.ts';

/** The section of each kind of store in a network. */
export interface StorageSections {
  readonly s3?: S3Options;
  readonly 'ibm-cos'?: S3Options;
  readonly ceph?: CephOptions;
  readonly minio?: MinioOptions;
  readonly gcs?: GcsOptions;
  readonly azure?: AzureOptions;
  readonly oss?: OssOptions;
  readonly swift?: SwiftOptions;
  readonly redis?: RedisOptions;
  readonly infinispan?: InfinispanOptions;
}

/** The sections, for a schema. */
export const storageSections: Readonly<Record<keyof StorageSections, SectionField>> = Object.fromEntries(
  KINDS.map(({ kind, schema }) => [kind, section(schema)]),
) as Record<keyof StorageSections, SectionField>;

/** The store that a configuration names: where it is a bare kind, with the options of its section. */
export function storageInSections(
  storage: StorageConfig | undefined,
  sections: StorageSections,
): StorageConfig | undefined {
  if (typeof storage !== 'string' || !Object.hasOwn(storageSections, storage)) return storage;
  return { ...sections[storage as keyof StorageSections], kind: storage };
}
