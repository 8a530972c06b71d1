/** Skein's shared objects, at a server in a process of its own. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@skein/dso';
import { serve } from '../serve.ts';
import { ObjectServer } from './server.ts';
import { objectSkills } from './skills.ts';

/** @param onDisk whether an answer leaves when it is on the disk */
export async function serveSkein({ onDisk }: { readonly onDisk: boolean }): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'skein-bench-'));
  const server = await ObjectServer.load();
  const urls = await server.start({
    listen: '127.0.0.1:0',
    unix: join(folder, 'dso.sock'),
    allowUserClasses: true,
    ...(onDisk ? { data: join(folder, 'data') } : {}),
  });
  const operator = await connect(urlOf(urls, 'unix'));
  let operations = 0;

  const { skills, close } = objectSkills({
    addressOf: ({ by }) => ({ kind: 'skein', url: urlOf(urls, by) }),
    // One request, one answer each, and nothing to keep participants waiting in between.
    async checkReduce(_objects, participants) {
      const [stats] = await operator.stats();
      const { writes, reads, refused } = stats!;
      const before = operations;
      operations = writes + reads + refused;
      if (operations - before !== participants)
        throw new Error(`${operations - before} operations for ${participants} participants`);
    },
  });

  await serve(skills, async () => {
    await close();
    await operator.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });
}

function urlOf(urls: readonly string[], by: 'unix' | 'tcp' | 'grpc'): string {
  const scheme = { unix: 'dso+unix:', tcp: 'dso:', grpc: 'grpc:' }[by];
  return urls.find((url) => url.startsWith(scheme))!;
}
