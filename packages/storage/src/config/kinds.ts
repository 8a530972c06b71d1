/** The kinds of stores in a network. Their drivers, and the libraries that these use, are loaded when first used. */
import { azureKind } from '../azure/options.ts';
import { gcsKind } from '../gcs/options.ts';
import { infinispanKind } from '../infinispan/options.ts';
import { minioKind } from '../minio/options.ts';
import type { NetworkKind } from '../network/kind.ts';
import { ossKind } from '../oss/options.ts';
import { redisKind } from '../redis/options.ts';
import { cephKind, ibmCosKind, s3Kind } from '../s3/options.ts';
import { swiftKind } from '../swift/options.ts';

export const KINDS: readonly NetworkKind[] = [
  s3Kind,
  ibmCosKind,
  cephKind,
  minioKind,
  gcsKind,
  azureKind,
  redisKind,
  infinispanKind,
  ossKind,
  swiftKind,
];
