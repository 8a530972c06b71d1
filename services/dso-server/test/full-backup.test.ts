/** Two servers with --data, each of which has a copy of all. The disk of one is full: the other goes on, and nothing is lost. */
import { randomUUID } from 'node:crypto';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Dso, DsoError } from '@skein/dso';
import { Operator } from '@skein/dso/operator';
import { expect, onTestFinished, test } from 'vitest';
import { findEtcd, startEtcd } from '../../../tools/servers/etcd.ts';
import { serverForTests } from '../../../tools/servers/for-tests.ts';
import { settled } from '../../../tools/servers/settled.ts';
import { type RunningServer, startServer } from '../src/index.ts';
import { client } from './support/client.ts';
import { folder } from './support/folder.ts';
import { operator } from './support/operator.ts';
import { smallDisk } from './support/small-disk.ts';

const etcd = serverForTests(findEtcd, startEtcd);
const MIB = 2 ** 20;
const NAMES: readonly string[] = Array.from({ length: 12 }, (_, i) => `list ${i}`);
/** More than a log keeps in reserve for what cannot be refused: what has been let in has no place either. */
const LARGE = 'x'.repeat(3 * MIB);

async function started(membership: string, data: string, listen = '127.0.0.1:0'): Promise<RunningServer> {
  const server = await startServer({ listen, membership, replicas: 2, leaseMs: 10_000, data });
  onTestFinished(() => server.close());
  return server;
}

/** Until each slot has both its copies. */
function inSync(dso: Dso): Promise<void> {
  const operator = new Operator(dso);
  return settled(() => operator.members(), { servers: 2, replicas: 2 }, 100_000);
}

/** Pushes to each list; gives those that have taken it. Others have refused it by name. */
async function push(dso: Dso, names: readonly string[], text: string): Promise<readonly string[]> {
  const taken = await Promise.all(
    names.map(async (name) => {
      try {
        await dso.list<string>(name).push(text);
        return [name];
      } catch (error) {
        if (error instanceof DsoError && error.code === 'disk-full') return [];
        throw error;
      }
    }),
  );
  return taken.flat();
}

/** The members whose disk is full. */
async function fullOnes(dso: Dso): Promise<readonly string[]> {
  const all = await new Operator(dso).stats();
  return all.filter(({ answer }) => answer?.durability?.isFull === true).map(({ member }) => member);
}

/** Those for which a server answers. */
async function listsOf(server: RunningServer): Promise<readonly string[]> {
  const url = server.urls.find((one) => one.startsWith('grpc:'))!;
  const { objects } = (await operator(url)('Objects', {})) as { objects: readonly { key: string }[] };
  const keys = new Set(objects.map(({ key }) => key));
  return NAMES.filter((name) => keys.has(name));
}

const lengths = (dso: Dso): Promise<number[]> =>
  Promise.all(NAMES.map((name) => dso.list<string>(name).length()));

test('who has room answers for what it holds; the other is left behind, and follows again when it has room', async ({
  skip,
}) => {
  const disk = smallDisk(64 * MIB);
  if (disk === undefined)
    return skip('only root mounts a small disk; packages/dso/test/simulation has some that are made up');
  const filler = join(disk, 'filler');
  const fill = (): void => {
    const { bavail, bsize } = statfsSync(disk);
    writeFileSync(filler, Buffer.alloc(bavail * bsize));
  };
  const membership = `etcd:${etcd().url}/${randomUUID()}`;
  const data = join(disk, 'data');
  const [roomy, full] = await Promise.all([started(membership, folder()), started(membership, data)]);
  const dso = await client(roomy.urls[0]!, { timeoutMs: 60_000 });
  await inSync(dso);
  const expected = NAMES.map(() => 0);
  const pushed = async (text: string, takers: readonly string[], to = NAMES): Promise<void> => {
    expect(await push(dso, to, text)).toEqual(takers);
    for (const name of takers) expected[NAMES.indexOf(name)]!++;
  };
  await pushed('first', NAMES);
  const own = await listsOf(roomy);
  expect(own.length).toBeGreaterThan(0);
  expect(own.length).toBeLessThan(NAMES.length);

  // All of its room is taken, but for what the log has made ahead.
  fill();
  // What it is about to log when that ends, too, is answered without it.
  await pushed(LARGE, own.slice(0, 1), own.slice(0, 1));
  expect(await fullOnes(dso)).toEqual([full.address]);
  for (let i = 0; i < 20; i++) await pushed('while it is full', own);
  expect(await lengths(dso)).toEqual(expected);

  // It has room again.
  rmSync(filler);
  await inSync(dso);
  expect(await fullOnes(dso)).toEqual([]);
  await pushed('with room', NAMES);

  // It ends while it is full: the other takes over, also from clients whose last calls were refused.
  fill();
  await pushed(LARGE, own.slice(0, 1), own.slice(0, 1));
  await pushed('while it is full again', own);
  await full.close();
  await pushed('at the other', NAMES);
  expect(await lengths(dso)).toEqual(expected);

  // It comes back with room, and learns what it has missed.
  rmSync(filler);
  await started(membership, data, full.address);
  await inSync(dso);
  await roomy.close();
  expect(await lengths(dso)).toEqual(expected);
  await pushed('at the one that was full', NAMES);
}, 200_000);
