/**
 * The `redis` driver, on ioredis: Redis 5 and later, Valkey, and what speaks their protocol and runs Lua; alone, behind
 * sentinels, or as a cluster.
 *
 * - All capabilities but presigned URLs. A script decides the condition and writes in one step; one that is sent again because its answer
 *   was lost finds its own etag and has won.
 * - An object up to `partSize` is written by one command and read by one, whole even when a range of it is wanted. Any number
 *   of commands are under way at a time on one connection.
 * - A larger object lies in chunks of `partSize`; a range reads those that it touches. Chunks of a writer that died
 *   expire within five minutes, those of a replaced or deleted object `graceMs` after that, or after their last reader.
 * - Listings are in order and by an index, which changes with the object. What lies below a common prefix is skipped.
 * - A bucket lies on one node of a cluster. Only a server that evicts nothing (`noeviction`), or only what expires
 *   (`volatile-*`), keeps what it was given; whether it survives a restart is the server's configuration.
 */
import type { StorageDriver } from './driver.ts';
import { keyValueDriver } from './key-value/driver.ts';
import { DEFAULTS, type Opening } from './network/kind.ts';
import { reachOf } from './network/target.ts';
import { RedisConnection } from './redis/connection.ts';
import { type RedisOptions, redisKind } from './redis/options.ts';
import { RedisStore } from './redis/store.ts';

export type { RedisOptions } from './redis/options.ts';

const CHUNK = 2 ** 20;

/** A store in Redis. Nothing is loaded or connected before the first operation. */
export function redisDriver(options: RedisOptions | Opening<RedisOptions> = {}): StorageDriver {
  const {
    partSize: chunkSize = CHUNK,
    concurrency = DEFAULTS.concurrency,
    graceMs = 60_000,
    prefix = 'skein',
  } = options;
  const store = new RedisStore(new RedisConnection(options), { prefix, inlineSize: chunkSize, graceMs });
  return keyValueDriver(store, {
    chunkSize,
    concurrency,
    graceMs,
    reach: reachOf(redisKind.address(options)),
    config: 'portable' in options ? options.portable : undefined,
  });
}
