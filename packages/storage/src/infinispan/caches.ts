import { NoSuchBucketError, StorageError } from '../errors.ts';
import type { InfinispanRest, RestAnswer } from './rest.ts';

/** Bytes as they are, on two nodes of however many: what one node holds survives its death. */
const CONFIGURATION = {
  'distributed-cache': {
    mode: 'SYNC',
    owners: 2,
    encoding: { 'media-type': 'application/octet-stream' },
  },
};

/** Makes a cache unless there is one. One that an administrator has made, with limits or persistence, is as good. */
export async function createCache(
  rest: InfinispanRest,
  bucket: string,
  manager: string | undefined,
): Promise<void> {
  if (manager !== undefined) await checkManager(rest, manager);
  if (await hasCache(rest, bucket)) return;
  const answer = await rest
    .send({
      method: 'POST',
      path: pathOf(bucket),
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(CONFIGURATION)),
      bucket,
    })
    .catch((error: unknown) => {
      // Somebody else has just made it: Infinispan says that by a status of its own, 400.
      if (error instanceof StorageError && /already exists/.test(error.message)) return undefined;
      throw error;
    });
  if (answer && answer.status >= 400 && !(await hasCache(rest, bucket))) throw unexpected(answer, bucket);
}

export async function hasCache(rest: InfinispanRest, bucket: string): Promise<boolean> {
  const answer = await rest.send({ method: 'HEAD', path: pathOf(bucket), bucket });
  if (answer.status === 404) return false;
  if (answer.status >= 400) throw unexpected(answer, bucket);
  return true;
}

export async function removeCache(rest: InfinispanRest, bucket: string): Promise<void> {
  const answer = await rest.send({ method: 'DELETE', path: pathOf(bucket), bucket });
  if (answer.status === 404) throw new NoSuchBucketError(bucket);
  if (answer.status >= 400) throw unexpected(answer, bucket);
}

/** Servers up to 15 name it in the path, where 15 takes any name; later ones have one container. All tell its name. */
async function checkManager(rest: InfinispanRest, manager: string): Promise<void> {
  const places = [`cache-managers/${encodeURIComponent(manager)}`, 'container'];
  let found = 'none of this name';
  for (const path of places) {
    const { status, body } = await rest.send({ method: 'GET', path });
    if (status !== 200) continue;
    const { name } = JSON.parse(body.toString()) as { readonly name?: unknown };
    if (name === manager) return;
    found = JSON.stringify(name);
    break;
  }
  const text = `cacheManager: the container of this infinispan is ${found}, not ${JSON.stringify(manager)}`;
  throw new StorageError('bad-config', text);
}

function pathOf(bucket: string): string {
  return `caches/${encodeURIComponent(bucket)}`;
}

function unexpected({ status, body }: RestAnswer, bucket: string): StorageError {
  return new StorageError('io', `infinispan answered ${status}: ${body.toString().slice(0, 300)}`, {
    bucket,
  });
}
