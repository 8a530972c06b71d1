/** Redis, by ioredis, at a server of its own. */
import { serveRedis } from './objects/serve-redis.ts';

await serveRedis();
