/** Redis, by ioredis, at a server of its own. What shared objects do at the server, its clients do themselves. */

import { findRedis, startRedis } from '../../tools/servers/redis.ts';
import { objectSkills } from './objects/skills.ts';
import { serve } from './serve.ts';

const redis = await startRedis(await findRedis({ install: false }));

const { skills, close } = objectSkills({
  addressOf: ({ by, pipelining = false }) => ({
    kind: 'redis',
    at: by === 'unix' ? redis.path : redis.port,
    pipelining,
  }),
});

await serve(skills, async () => {
  await close();
  await redis.stop();
});
