/** Finds and removes what clients that died have left in a storage and in the temporary folder. */
import {
  isAlive,
  markerKey,
  RENEW_MS,
  type Removed,
  readMarker,
  removeTree,
} from '@skein/cloudobject/temporary';
import { Storage, type StorageConfig } from '@skein/storage';
import { ExecutorError } from '../errors.ts';
import { resolveExecutorOptions } from '../options.ts';
import { removeScratchFolders } from './scratch-folders.ts';

export interface CleanLeftoversOptions {
  /** @default the configured storage; where none is configured, the user's own in the temporary folder */
  readonly storage?: StorageConfig;
  /** Only what this executor has left, and no folders. @default all of them */
  readonly executorId?: string;
  /** What a client wrote, or said that it lives, within this time stays. @default a day */
  readonly olderThanMs?: number;
  /** Tells what would be removed, and removes nothing. @default false */
  readonly dryRun?: boolean;
}

export interface RemovedLeftover {
  readonly executorId: string;
  readonly objects: number;
  /** Of these, what users have made: cloud objects. */
  readonly cloudObjects: number;
  readonly bytes: number;
}

export interface KeptLeftover {
  readonly executorId: string;
  /**
   * `alive`: its client is; `recent`: it gave a sign of life within `olderThanMs`; `foreign`: it is not named as an
   * executor names its data, so it may be anybody's.
   */
  readonly reason: 'alive' | 'recent' | 'foreign';
}

export interface Leftovers {
  /** Temporary data of executors in the storage. */
  readonly removed: readonly RemovedLeftover[];
  readonly kept: readonly KeptLeftover[];
  /** Paths of folders that were removed from the system's temporary one. */
  readonly folders: readonly string[];
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** A client elsewhere cannot be asked: it is taken to live while it has missed fewer renewals than this many. */
const ELSEWHERE_MS = 10 * RENEW_MS;

/**
 * Removes the temporary data of executors whose client is gone. What has been interrupted half-way is finished by the
 * next run. Records of jobs stay.
 */
export async function cleanLeftovers(options: CleanLeftoversOptions = {}): Promise<Leftovers> {
  const { olderThanMs = DAY_MS, dryRun = false, storage: explicit, executorId: only } = check(options);
  const resolved = await resolveExecutorOptions(explicit === undefined ? {} : { storage: explicit });
  // Cloud objects of programs that configure nothing are there.
  const storage = resolved.storage ?? new Storage();
  const removed: RemovedLeftover[] = [];
  const kept: KeptLeftover[] = [];
  for (const tree of await treesIn(storage, only)) {
    const { executorId, objects, cloudObjects, bytes } = tree;
    const reason = await whyKept(storage, tree, olderThanMs);
    if (reason !== undefined) kept.push({ executorId, reason });
    else if (dryRun) removed.push({ executorId, objects, cloudObjects, bytes });
    else removed.push({ executorId, cloudObjects, ...(await remove(storage, executorId)) });
  }
  return { removed, kept, folders: only === undefined ? await removeScratchFolders(dryRun) : [] };
}

function remove(storage: Storage, executorId: string): Promise<Removed> {
  const prefix = `jobs/${executorId}`;
  return removeTree(storage, storage.bucket, `${prefix}/`, { last: markerKey(prefix) });
}

function check(options: CleanLeftoversOptions): CleanLeftoversOptions {
  const { olderThanMs, executorId } = options;
  if (executorId !== undefined && !/^[^/]+$/.test(executorId))
    throw new ExecutorError(
      'invalid-argument',
      `executorId is one such as 'a1b2c3-0'; got ${JSON.stringify(executorId)}`,
    );
  if (olderThanMs !== undefined && !(typeof olderThanMs === 'number' && olderThanMs >= 0))
    throw new ExecutorError(
      'invalid-argument',
      `olderThanMs is a number of milliseconds, 0 or more; got ${String(olderThanMs)}`,
    );
  return options;
}

/** What is below `jobs/<executorId>/`. */
interface Tree {
  readonly executorId: string;
  objects: number;
  cloudObjects: number;
  bytes: number;
  newest: Date;
  hasMarker: boolean;
}

async function treesIn(storage: Storage, only: string | undefined): Promise<Iterable<Tree>> {
  const prefix = only === undefined ? 'jobs/' : `jobs/${only}/`;
  const trees = new Map<string, Tree>();
  try {
    for await (const { key, size, lastModified } of storage.listObjects(storage.bucket, prefix)) {
      const [, executorId, ...rest] = key.split('/');
      if (executorId === undefined || rest.length === 0) continue; // directly below jobs/: nobody's data
      let tree = trees.get(executorId);
      if (tree === undefined) {
        tree = { executorId, objects: 0, cloudObjects: 0, bytes: 0, newest: lastModified, hasMarker: false };
        trees.set(executorId, tree);
      }
      tree.objects++;
      if (rest.includes('objects')) tree.cloudObjects++;
      tree.bytes += size;
      if (lastModified > tree.newest) tree.newest = lastModified;
      if (key === markerKey(`jobs/${executorId}`)) tree.hasMarker = true;
    }
  } catch (error) {
    // No executor has ever used this storage.
    if ((error as { code?: string }).code !== 'no-such-bucket') throw error;
  }
  return trees.values();
}

async function whyKept(
  storage: Storage,
  { executorId, hasMarker, newest }: Tree,
  olderThanMs: number,
): Promise<KeptLeftover['reason'] | undefined> {
  if (!/^[0-9a-f]{6,}-\d+$/.test(executorId)) return 'foreign';
  const marker = hasMarker ? await readMarker(storage, storage.bucket, `jobs/${executorId}`) : undefined;
  const alive = marker?.client && isAlive(marker.client);
  if (alive === true) return 'alive';
  // The last sign of the client: its marker, or else the newest of what it wrote.
  const age = Date.now() - (marker?.renewed ?? newest).getTime();
  if (age < olderThanMs) return 'recent';
  return alive === undefined && age < ELSEWHERE_MS ? 'alive' : undefined;
}
