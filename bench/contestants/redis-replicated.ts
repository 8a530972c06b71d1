/** Redis, by ioredis, at a server of its own with one replica, which has what an answer tells. */
import { serveRedis } from './objects/serve-redis.ts';

await serveRedis({ isReplicated: true });
