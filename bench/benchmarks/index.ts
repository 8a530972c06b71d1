import type { Benchmark, Scale } from '../harness/benchmark.ts';
import { bundle } from './bundle.ts';
import { cacheHit, cacheHitLarge, cacheHitShared, cacheModel, cacheTiers, cacheTiersMany } from './cache.ts';
import { calls } from './calls.ts';
import { capture } from './capture.ts';
import { chunks } from './chunks.ts';
import { dsoAllReduce } from './dso-all-reduce.ts';
import { dsoLatency } from './dso-latency.ts';
import { dsoMethod } from './dso-method.ts';
import { dsoOnDisk, dsoOnDiskMany } from './dso-on-disk.ts';
import { dsoPauses } from './dso-pauses.ts';
import { dsoReplication, dsoReplicationMany } from './dso-replication.ts';
import { dsoThroughput, dsoThroughputClients, dsoThroughputMany } from './dso-throughput.ts';
import { growth } from './growth.ts';
import { large } from './large.ts';
import { lazy } from './lazy.ts';
import { lithops } from './lithops.ts';
import { mpPool, mpPoolBytes, mpPoolWork } from './mp-pool.ts';
import { mpQueue, mpQueueMany } from './mp-queue.ts';
import { mpBarrier, mpLock, mpLockHandOver, mpPipe } from './mp-sync.ts';
import { arrowSum, csvCount, parquetSum, planObjects, textCount } from './partitions.ts';
import { pi } from './pi.ts';
import { stages, stagesSingle } from './stages.ts';
import { start } from './start.ts';
import {
  storageLargeMemory,
  storageLargeRead,
  storageLargeWrite,
  storageManyRead,
  storageManyWrite,
  storageSmallRead,
  storageSmallWrite,
} from './storage.ts';

/** All benchmarks, in the order they are played. */
export function benchmarks(scale: Scale): Benchmark[] {
  return [
    calls,
    chunks,
    capture,
    bundle,
    start,
    stages,
    stagesSingle,
    growth,
    lazy,
    large,
    pi,
    lithops,
    dsoLatency,
    dsoThroughput,
    dsoThroughputMany,
    dsoThroughputClients,
    dsoOnDisk,
    dsoOnDiskMany,
    dsoReplication,
    dsoReplicationMany,
    dsoPauses,
    dsoAllReduce,
    dsoMethod,
    mpPool,
    mpPoolWork,
    mpPoolBytes,
    mpQueue,
    mpQueueMany,
    mpPipe,
    mpLock,
    mpLockHandOver,
    mpBarrier,
    storageSmallWrite,
    storageSmallRead,
    storageManyWrite,
    storageManyRead,
    storageLargeWrite,
    storageLargeRead,
    storageLargeMemory,
    cacheHit,
    cacheHitShared,
    cacheHitLarge,
    cacheTiers,
    cacheTiersMany,
    cacheModel,
    csvCount,
    textCount,
    parquetSum,
    arrowSum,
    planObjects,
  ].map((benchmark) => benchmark(scale));
}
