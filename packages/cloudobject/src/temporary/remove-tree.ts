/** Removes everything below a prefix. May be interrupted anywhere, and done again until it is done. */
import type { ObjectEntry, Storage } from '@skein/storage';

export interface Removed {
  readonly objects: number;
  readonly bytes: number;
}

export interface RemoveOptions {
  /** Goes last: while it is there, what is left can be found and judged by it. */
  readonly last?: string;
  /** What begins with this stays. */
  readonly except?: string | undefined;
  /** What this does not accept stays. */
  readonly only?: (entry: ObjectEntry) => boolean | Promise<boolean>;
  /** Tells what would be removed, and removes nothing. @default false */
  readonly dryRun?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What object stores delete in one request. */
const KEYS_A_REQUEST = 1000;
const REQUESTS_AT_ONCE = 4;

export async function removeTree(
  storage: Storage,
  bucket: string,
  prefix: string,
  { last, except, only, dryRun = false, signal }: RemoveOptions = {},
): Promise<Removed> {
  let objects = 0;
  let bytes = 0;
  let batch: string[] = [];
  let lastIsThere = false;
  const requests = new Set<Promise<void>>();
  const flush = (): void => {
    const keys = batch;
    batch = [];
    if (keys.length === 0 || dryRun) return;
    const request = storage.deleteObjects(bucket, keys, { signal }).finally(() => requests.delete(request));
    request.catch(() => {}); // told by the race or the gathering below
    requests.add(request);
  };
  for await (const entry of storage.listObjects(bucket, prefix, { signal })) {
    const { key, size } = entry;
    if (except !== undefined && key.startsWith(except)) continue;
    if (only !== undefined && !(await only(entry))) continue;
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
  if (lastIsThere && !dryRun) await storage.deleteObjects(bucket, [last!], { signal });
  return { objects, bytes };
}
