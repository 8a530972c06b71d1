/** Redis, by ioredis, at a server of its own. What shared objects do at the server, its clients do themselves. */

import { findRedis, startRedis } from '../../../tools/servers/redis.ts';
import { serve } from '../serve.ts';
import { objectSkills } from './skills.ts';

/** @param onDisk whether an answer leaves when it is on the disk */
export async function serveRedis({ onDisk }: { readonly onDisk: boolean }): Promise<void> {
  const redis = await startRedis(await findRedis({ install: false }), { onDisk });

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
}
