/** Skein's shared objects, at several servers in processes of their own. */
import { serve } from '../serve.ts';
import { ObjectCluster, type Shape } from './cluster.ts';
import { objectSkills } from './skills.ts';

export async function serveCluster(shape: Shape): Promise<void> {
  const cluster = await ObjectCluster.start(shape);
  const { skills, close } = objectSkills({
    addressOf: () => ({ kind: 'skein', url: cluster.url }),
    processorMs: () => cluster.processorMs(),
  });
  await serve(skills, async () => {
    await close();
    await cluster.stop();
  });
}
