/** Redis, by ioredis, at a server of its own, where an answer leaves when it is on the disk. */
import { serveRedis } from './objects/serve-redis.ts';

await serveRedis({ onDisk: true });
