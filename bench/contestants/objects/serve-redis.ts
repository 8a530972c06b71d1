/** Redis, by ioredis, at a server of its own. What shared objects do at the server, its clients do themselves. */

import { findRedis, type Redis, startRedis } from '../../../tools/servers/redis.ts';
import { serve } from '../serve.ts';
import { objectSkills } from './skills.ts';

export interface Safety {
  /** Whether an answer leaves when it is on the disk. @default false */
  readonly onDisk?: boolean;
  /** Whether there is a replica, which has what an answer tells. @default false */
  readonly isReplicated?: boolean;
}

export async function serveRedis({ onDisk = false, isReplicated = false }: Safety = {}): Promise<void> {
  const program = await findRedis({ install: false });
  const redis = await startRedis(program, { onDisk });
  const replicas: Redis[] = isReplicated ? [await startRedis(program, { replicaOf: redis.port })] : [];

  const { skills, close } = objectSkills({
    addressOf: ({ by, pipelining = false }) => ({
      kind: 'redis',
      at: by === 'unix' ? redis.path : redis.port,
      pipelining,
      isReplicated,
    }),
  });

  await serve(skills, async () => {
    await close();
    for (const server of [...replicas, redis]) await server.stop();
  });
}
