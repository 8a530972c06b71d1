import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  rmdirSync,
  rmSync,
  type Stats,
  unlinkSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { fsConfig } from './config.ts';
import type {
  Body,
  DriverGet,
  DriverList,
  DriverObject,
  DriverPut,
  ListEntry,
  ObjectInfo,
  PortableConfig,
  StorageCapability,
  StorageDriver,
} from './driver.ts';
import { PreconditionFailedError, StorageError } from './errors.ts';
import { type Details, readDetails, removeDetails } from './fs/details.ts';
import {
  type BucketPaths,
  bucketExists,
  bucketPaths,
  draftPath,
  makeDirectories,
  makePrivate,
  missing,
  type ObjectPaths,
  objectPaths,
  prepareBucket,
  requireBucket,
  storeError,
  unlinkIfThere,
} from './fs/layout.ts';
import { withLock } from './fs/lock.ts';
import type { FsOptions } from './fs/options.ts';
import { codeOf } from './fs/owner.ts';
import { currentEtag, flushDirectory, publish } from './fs/publish.ts';
import { FileBody, readNow, readWhole } from './fs/read.ts';
import { etagOf, stamp, statFile } from './fs/version.ts';
import { walk } from './fs/walk.ts';
import { writeLater, writeNow } from './fs/write.ts';
import { foldPages } from './listing.ts';
import { resolveRange } from './range.ts';

export type { FsOptions } from './fs/options.ts';

const CAPABILITIES: ReadonlySet<StorageCapability> = new Set<StorageCapability>([
  'if-none-match',
  'if-match',
  'metadata',
  'ordered-list',
]);

/** Keys deleted before the event loop gets its turn. */
const DELETIONS_A_TURN = 100;

/**
 * Objects as plain files below a directory of this host: `<root>/<bucket>/<key>`, see `fs/keys.ts` for keys that are no
 * good file names. Any number of processes may use one root. Needs a file system with hard and symbolic links.
 */
export function fsDriver(options: FsOptions): StorageDriver {
  return new FsDriver(options);
}

class FsDriver implements StorageDriver {
  readonly kind = 'fs';
  readonly reach = 'host';
  readonly capabilities: ReadonlySet<StorageCapability> = CAPABILITIES;
  readonly config: PortableConfig;
  readonly #root: string;
  readonly #durable: boolean;
  readonly #syncBytes: number;
  readonly #buckets = new Map<string, BucketPaths>();
  readonly #prepared = new Set<string>();

  constructor(options: FsOptions) {
    const { root, durable = false, private: own = false, syncBytes = 256 * 1024 } = options;
    if (own) makePrivate(root);
    this.#root = root;
    this.#durable = durable;
    this.#syncBytes = syncBytes;
    this.config = fsConfig(options);
  }

  async put(
    bucket: string,
    key: string,
    body: Body,
    options: DriverPut,
  ): Promise<{ etag: string; size: number }> {
    const object = this.#object(bucket, key);
    try {
      if (body.kind === 'bytes' && body.size <= this.#syncBytes)
        return await this.#putNow(object, body.parts, options);
      return await this.#putLater(object, body, options);
    } catch (error) {
      throw storeError(error, 'writing', bucket, key);
    }
  }

  async get(bucket: string, key: string, options: DriverGet): Promise<DriverObject> {
    const object = this.#object(bucket, key);
    try {
      for (;;) {
        const fd = openObject(object);
        let kept = false;
        try {
          const stats = fstatSync(fd);
          if (!stats.isFile()) throw missing(object);
          const details = options.info ? readDetails(object, etagOf(stats)) : undefined;
          // Replaced since it was opened, and its details with it: read what is there now.
          if (options.info && !details) continue;
          const info = details && describe(object, stats, details);
          const { start, length } = resolveRange(options.range, stats.size, bucket, key);
          if (length <= this.#syncBytes) return { info, body: readNow(fd, start, length, object) };
          kept = true;
          const body = new FileBody(fd, start, length, object);
          return {
            info,
            body: options.prefer === 'stream' ? body : await readWhole(body, length, options.signal),
          };
        } finally {
          if (!kept) closeSync(fd);
        }
      }
    } catch (error) {
      throw storeError(error, 'reading', bucket, key);
    }
  }

  async head(bucket: string, key: string): Promise<ObjectInfo> {
    const object = this.#object(bucket, key);
    try {
      for (;;) {
        const stats = statFile(object.file);
        if (!stats?.isFile()) throw missing(object);
        const details = readDetails(object, etagOf(stats));
        if (details) return describe(object, stats, details);
      }
    } catch (error) {
      throw storeError(error, 'reading', bucket, key);
    }
  }

  async delete(
    bucket: string,
    keys: readonly string[],
    { signal }: { signal?: AbortSignal | undefined },
  ): Promise<void> {
    requireBucket(this.#bucket(bucket));
    const left = new Set<string>();
    try {
      for (let i = 0; i < keys.length; i++) {
        const object = this.#object(bucket, keys[i]!);
        try {
          if (existsSync(object.file)) await this.#deleteNow(object, signal);
          left.add(dirname(object.file));
        } catch (error) {
          throw storeError(error, 'deleting', bucket, object.key);
        }
        if (i % DELETIONS_A_TURN === DELETIONS_A_TURN - 1) await turn(undefined, signal && { signal });
      }
    } finally {
      for (const directory of left) prune(directory, this.#bucket(bucket));
    }
  }

  async *list(bucket: string, options: DriverList): AsyncGenerator<readonly ListEntry[]> {
    const { delimiter } = options;
    const pages = walk(this.#bucket(bucket), options);
    try {
      yield* delimiter === undefined || delimiter === '/'
        ? pages
        : foldPages(pages, options.prefix, delimiter);
    } catch (error) {
      throw storeError(error, 'listing', bucket);
    }
  }

  async createBucket(bucket: string): Promise<void> {
    try {
      makeDirectories(this.#bucket(bucket).directory);
      requireBucket(this.#bucket(bucket));
    } catch (error) {
      throw storeError(error, 'creating', bucket);
    }
  }

  async headBucket(bucket: string): Promise<boolean> {
    return bucketExists(this.#bucket(bucket));
  }

  async deleteBucket(bucket: string): Promise<void> {
    const paths = this.#bucket(bucket);
    const refusal = new StorageError(
      'busy',
      `bucket ${JSON.stringify(bucket)} was not deleted: it holds objects`,
      { bucket },
    );
    for await (const _ of walk(paths, { prefix: '' })) throw refusal;
    try {
      rmSync(dirname(paths.drafts), { recursive: true, force: true });
      this.#prepared.delete(bucket);
      rmdirSync(paths.directory);
    } catch (error) {
      throw codeOf(error) === 'ENOTEMPTY' ? refusal : storeError(error, 'deleting', bucket);
    }
  }

  #bucket(name: string): BucketPaths {
    let paths = this.#buckets.get(name);
    if (!paths) {
      paths = bucketPaths(this.#root, name);
      this.#buckets.set(name, paths);
    }
    return paths;
  }

  #object(bucket: string, key: string): ObjectPaths {
    return objectPaths(this.#bucket(bucket), key);
  }

  #prepare(bucket: BucketPaths): void {
    if (this.#prepared.has(bucket.name)) return;
    prepareBucket(bucket);
    this.#prepared.add(bucket.name);
  }

  /** An empty draft. The driver's own directories are made when they are missed: by hand or elsewhere made buckets have none. */
  #draft(object: ObjectPaths): { readonly path: string; readonly fd: number } {
    const { bucket } = object;
    this.#prepare(bucket);
    const path = draftPath(bucket);
    try {
      return { path, fd: openSync(path, 'wx') };
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      prepareBucket(bucket);
      return { path, fd: openSync(path, 'wx') };
    }
  }

  /** A small object: from the first call to the last without a turn of the event loop, but for a contended lock. */
  async #putNow(
    object: ObjectPaths,
    parts: readonly Uint8Array[],
    options: DriverPut,
  ): Promise<{ etag: string; size: number }> {
    const { path, fd } = this.#draft(object);
    try {
      for (const part of parts) writeNow(fd, part);
      return await this.#finish(object, path, fd, options);
    } catch (error) {
      unlinkIfThere(path);
      throw error;
    } finally {
      closeSync(fd);
    }
  }

  async #putLater(
    object: ObjectPaths,
    body: Body,
    options: DriverPut,
  ): Promise<{ etag: string; size: number }> {
    requireBucket(object.bucket);
    // A condition that fails now is not worth reading the body for.
    const found = currentEtag(object);
    if (
      options.ifNoneMatch ? found !== undefined : options.ifMatch !== undefined && options.ifMatch !== found
    ) {
      throw new PreconditionFailedError(object.bucket.name, object.key, options, found);
    }
    const { path, fd } = this.#draft(object);
    try {
      await writeLater(fd, body, object, options.signal);
      return await this.#finish(object, path, fd, options);
    } catch (error) {
      unlinkIfThere(path);
      throw error;
    } finally {
      closeSync(fd);
    }
  }

  async #finish(
    object: ObjectPaths,
    path: string,
    fd: number,
    options: DriverPut,
  ): Promise<{ etag: string; size: number }> {
    const stats = stamp(fd);
    if (this.#durable) fsyncSync(fd);
    const etag = await publish(object, { fd, path, stats }, options);
    if (this.#durable) flushDirectory(object);
    return { etag, size: stats.size };
  }

  async #deleteNow(object: ObjectPaths, signal: AbortSignal | undefined): Promise<void> {
    this.#prepare(object.bucket);
    await withLock(object.lock, signal, () => {
      const stats = statFile(object.file);
      if (!stats?.isFile()) return;
      unlinkSync(object.file);
      removeDetails(object, etagOf(stats));
    });
  }
}

/** Opens what is read. O_NONBLOCK: a named pipe that somebody put there must not stop the process. */
function openObject(object: ObjectPaths): number {
  try {
    return openSync(object.file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = codeOf(error);
    throw code === 'ENOENT' || code === 'ENOTDIR' ? missing(object) : error;
  }
}

function describe(object: ObjectPaths, stats: Stats, details: Details): ObjectInfo {
  return { key: object.key, size: stats.size, etag: etagOf(stats), lastModified: stats.mtime, ...details };
}

/** Removes a directory that the last object has left, and those above it. A writer that needs one at this moment makes it again. */
function prune(directory: string, bucket: BucketPaths): void {
  try {
    for (let path = directory; path.startsWith(`${bucket.directory}/`); path = dirname(path)) rmdirSync(path);
  } catch (error) {
    const code = codeOf(error);
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOENT')
      throw storeError(error, 'deleting', bucket.name);
  }
}
