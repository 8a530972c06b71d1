/** Removes everything below a prefix. May be interrupted anywhere, and done again until it is done. */
import type { Storage } from '@skein/storage';

export interface Removed {
  readonly objects: number;
  readonly bytes: number;
}

export interface RemoveOptions {
  /** Goes last: while it is there, what is left can be found and judged by it. */
  readonly last?: string;
  /** What begins with this stays. */
  readonly except?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What object stores delete in one request. */
const KEYS_A_REQUEST = 1000;
const REQUESTS_AT_ONCE = 4;

export async function removeTree(
  storage: Storage,
  bucket: string,
  prefix: string,
  { last, except, signal }: RemoveOptions = {},
): Promise<Removed> {
  let objects = 0;
  let bytes = 0;
  let batch: string[] = [];
  let lastIsThere = false;
  const requests = new Set<Promise<void>>();
  const flush = (): void => {
    const keys = batch;
    batch = [];
    if (keys.length === 0) return;
    const request = storage.deleteObjects(bucket, keys, { signal }).finally(() => requests.delete(request));
    request.catch(() => {}); // told by the race or the gathering below
    requests.add(request);
  };
  for await (const { key, size } of storage.listObjects(bucket, prefix, { signal })) {
    if (except !== undefined && key.startsWith(except)) continue;
    objects++;
    bytes += size;
    if (key === last) lastIsThere = true;
    else if (batch.push(key) >= KEYS_A_REQUEST) {
      flush();
      if (requests.size >= REQUESTS_AT_ONCE) await Promise.race(requests);
    }
  }
  flush();
  await Promise.all(requests);
  if (lastIsThere) await storage.deleteObjects(bucket, [last!], { signal });
  return { objects, bytes };
}
