import { constants, type PathLike } from 'node:fs';
import { type Portable, type PortableClass, portable, registerPortable } from '@skein/codec';
import type { PortableConfig } from './driver.ts';
import { badArgument, StorageError } from './errors.ts';
import { checkBucket } from './names.ts';
import { copying } from './node-fs/copying.ts';
import { directoryOperations } from './node-fs/directories.ts';
import { fileOperations } from './node-fs/files.ts';
import { resolvePrefix } from './node-fs/paths.ts';
import { queries } from './node-fs/queries.ts';
import { refusals } from './node-fs/refusals.ts';
import { removal } from './node-fs/removal.ts';
import { rename } from './node-fs/renaming.ts';
import { pathStreams } from './node-fs/streams/path-streams.ts';
import { Tree, type TreeOptions } from './node-fs/tree.ts';
import { Storage } from './storage.ts';

type Promises = typeof import('node:fs/promises');
type Callbacks = typeof import('node:fs');

/** Options of {@link nodeFs}. */
export interface NodeFsOptions {
  /** Must exist: operations in a bucket that does not are ENOENT. */
  readonly bucket: string;
  /** Show only what is below this, as '/'. @default '' (the whole bucket) */
  readonly prefix?: string | undefined;
  /**
   * Before a file is made, see that its directory is there and that it is no directory itself, as a file system does: two
   * small requests, at once. Without, a write is one request and makes the directories that its path names.
   * @default true
   */
  readonly checkWrites?: boolean | undefined;
  /** How long appending and renaming go on while others write the same object again and again; then EBUSY. @default 60_000 */
  readonly patienceMs?: number | undefined;
  /** Bytes of an open file's draft that are held in memory; more are in a temporary file. @default 8 MiB */
  readonly spoolBytes?: number | undefined;
  /** Ends every wait of the view. It does not travel. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A bucket as `node:fs/promises` shows a disk. What has no meaning there (permissions, owners, links, times, watching) is
 * refused with ENOTSUP and the reason. Every method may be taken off the object.
 */
export interface NodeFs
  extends Pick<
      Promises,
      | 'access'
      | 'appendFile'
      | 'chmod'
      | 'chown'
      | 'constants'
      | 'copyFile'
      | 'cp'
      | 'lchmod'
      | 'lchown'
      | 'link'
      | 'lstat'
      | 'lutimes'
      | 'mkdir'
      | 'mkdtemp'
      | 'open'
      | 'opendir'
      | 'readFile'
      | 'readdir'
      | 'readlink'
      | 'realpath'
      | 'rename'
      | 'rm'
      | 'rmdir'
      | 'stat'
      | 'statfs'
      | 'symlink'
      | 'truncate'
      | 'unlink'
      | 'utimes'
      | 'watch'
      | 'writeFile'
    >,
    Pick<Callbacks, 'createReadStream' | 'createWriteStream'> {
  /** Whether a file or directory is there: 'a' is not when only 'ab' is, and is when 'a/b' is. */
  exists(path: PathLike): Promise<boolean>;
  /** The view itself: for libraries that take `fs` and use `fs.promises`. */
  readonly promises: NodeFs;
}

const DEFAULT_PATIENCE_MS = 60_000;
const DEFAULT_SPOOL_BYTES = 8 * 1024 * 1024;

/**
 * Shows a bucket, or what has a prefix in it, as `node:fs/promises` shows a disk. Nothing is touched yet. The view is a handle
 * as the storage is: it may be closed over and sent to wherever the storage can be reached from.
 */
export function nodeFs(storage: Storage, options: NodeFsOptions): NodeFs {
  return new BucketFs(storage, options) as BucketFs & NodeFs;
}

/** Operations are properties: most code takes them off the object, or binds them. */
class BucketFs {
  readonly storage: Storage;
  readonly options: TreeOptions;

  constructor(storage: Storage, options: NodeFsOptions) {
    if (!(storage instanceof Storage)) throw badArgument('storage', 'a Storage', storage);
    const tree = new Tree(storage, resolveNodeFs(options));
    this.storage = storage;
    this.options = tree.options;
    Object.assign(this, operations(tree), { constants, promises: this });
  }
}

/** Everything by its name in Node. That the overloads of Node's types hold is what the tests beside real files show. */
function operations(tree: Tree): Record<Exclude<keyof NodeFs, 'promises' | 'constants'>, unknown> {
  return {
    ...fileOperations(tree),
    ...directoryOperations(tree),
    ...queries(tree),
    ...removal(tree),
    ...copying(tree),
    ...pathStreams(tree),
    ...refusals,
    rename: (oldPath: PathLike, newPath: PathLike) => rename(tree, oldPath, newPath),
  };
}

function resolveNodeFs(options: NodeFsOptions): TreeOptions {
  if (typeof options !== 'object' || options === null)
    throw badArgument('options', '{ bucket, prefix? }', options);
  const { bucket, prefix, checkWrites = true, signal } = options;
  const { patienceMs = DEFAULT_PATIENCE_MS, spoolBytes = DEFAULT_SPOOL_BYTES } = options;
  if (typeof checkWrites !== 'boolean') throw badArgument('checkWrites', 'true or false', checkWrites);
  for (const [name, value] of Object.entries({ patienceMs, spoolBytes })) {
    if (!(Number.isFinite(value) && value >= 0))
      throw badArgument(name, 'a finite number, not negative', value);
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw badArgument('signal', 'an AbortSignal', signal);
  }
  return {
    bucket: checkBucket(bucket),
    prefix: resolvePrefix(prefix),
    checkWrites,
    patienceMs,
    spoolBytes,
    signal,
  };
}

/** What of a view travels: where its storage is, and what it shows. */
type PortableView = {
  readonly storage: PortableConfig;
  readonly bucket: string;
  readonly prefix: string;
  readonly checkWrites: boolean;
  readonly patienceMs: number;
  readonly spoolBytes: number;
};

const HANDLE: Portable<BucketFs, PortableView> = {
  type: 'storage:NodeFs@1',
  module: '@skein/storage/node-fs',
  reach: ({ storage }) => storage.reach,
  dehydrate: ({ storage, options }) => {
    const { signal: _, ...view } = options;
    if (storage.config) return { storage: storage.config, ...view };
    throw new StorageError(
      'unsupported',
      `a view of a ${storage.kind} storage cannot travel: its driver has no config to open it with elsewhere`,
    );
  },
  revive: ({ storage, ...view }) => new BucketFs(new Storage(storage), view),
};

// Not written as a static member: declarations made file by file cannot name a symbol of another package.
Object.defineProperty(BucketFs, portable, { value: HANDLE });
registerPortable(BucketFs as unknown as PortableClass);
