/** Infinispan, alone and as a cluster. Skipped where it is not to be had; in CI it fails then. */
import { expect, test } from 'vitest';
import {
  findInfinispan,
  type Infinispan,
  type InfinispanNode,
  startInfinispan,
} from '../../servers/infinispan.ts';
import { NoServerError } from '../../servers/program.ts';
import { isAlive } from './support/alive.ts';
import { ownTemporaries } from './support/temporary.ts';

const leftovers = ownTemporaries();

test('two nodes hold everything twice: one crashes, comes back, and is enough; one that is alone stays alone', {
  timeout: 900_000,
}, async ({ skip }) => {
  const program = await findInfinispan({ install: true }).catch((error: unknown) => {
    if (error instanceof NoServerError && !process.env['CI']) return skip(error.message);
    throw error;
  });
  const [cluster, alone] = await Promise.all([
    startInfinispan(program, { nodes: 2 }),
    startInfinispan(program),
  ]);
  const [one, other = one] = cluster.nodes;
  const [single] = alone.nodes;
  const pids = [one, other, single].flatMap((node) => node.pids);
  try {
    expect(new Set([one, other, single].map(({ url }) => url)).size).toBe(3);
    const names = Array.from({ length: 20 }, (_, index) => `name-${index}`);
    for (const name of names) expect(await statusOf(cluster, one, 'PUT', `/text/${name}`)).toBe(204);
    await one.kill();
    for (const name of names) expect(await statusOf(cluster, other, 'GET', `/text/${name}`)).toBe(200);
    await one.restart();
    pids.push(...one.pids);
    await other.stop();
    for (const name of names) expect(await statusOf(cluster, one, 'GET', `/text/${name}`)).toBe(200);
    expect(await statusOf(alone, single, 'GET', '/text/name-0')).toBe(404);

    expect(await statusOf(cluster, single, 'GET', '/text/name-0')).toBe(401);
    const reader = { ...alone, user: alone.reader };
    expect(await statusOf(alone, single, 'PUT', '/guarded/name')).toBe(204);
    expect(await statusOf(reader, single, 'GET', '/guarded/name')).toBe(200);
    expect(await statusOf(reader, single, 'PUT', '/guarded/name')).toBe(403);
  } finally {
    await Promise.all([cluster.stop(), alone.stop()]);
  }
  expect(pids.filter(isAlive)).toEqual([]);
  expect(leftovers()).toEqual([]);
});

test('a cluster of none is refused', async () => {
  const program = { command: process.execPath, args: [], env: {}, version: '0' };
  await expect(startInfinispan(program, { nodes: 0 })).rejects.toThrow('nodes: expected at least 1, got 0');
});

async function statusOf(
  { user, password }: Pick<Infinispan, 'user' | 'password'>,
  { url }: InfinispanNode,
  method: 'GET' | 'PUT',
  path: string,
): Promise<number> {
  const credentials = Buffer.from(`${user}:${password}`).toString('base64');
  const response = await fetch(`${url}/rest/v2/caches${path}`, {
    method,
    headers: { authorization: `Basic ${credentials}`, 'content-type': 'text/plain' },
    ...(method === 'PUT' ? { body: 'text' } : {}),
  });
  await response.body?.cancel();
  return response.status;
}
