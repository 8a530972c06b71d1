import type { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { type Json, type Portable, type PortableClass, portable, registerPortable } from '@skein/codec';
import type { ObjectInfo, Storage, WaitOptions } from '@skein/storage';
import { dehydrateStorage, reviveStorage } from '@skein/storage/handles';
import { badArgument, CloudObjectGoneError, isMissing } from './errors.ts';
import { type Format, isFormat, unpack } from './format.ts';
import { type About, OUTSIDE } from './keys.ts';

/** A version of an object in a storage. */
export interface ObjectVersion {
  readonly bucket: string;
  readonly key: string;
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * A handle to a stored value. It may be closed over, passed and returned to wherever its storage can be reached from, and
 * stands for one version of one object: when that is replaced, cleaned or has expired, reading it is a
 * {@link CloudObjectGoneError} that says so.
 */
export class CloudObject<T = unknown> implements ObjectVersion {
  readonly storage: Storage;
  readonly bucket: string;
  readonly key: string;
  /** The version of the object that this handle stands for. */
  readonly etag: string;
  /** Bytes of the object. */
  readonly size: number;
  /** How the value is kept: 'value', 'text', 'table', or the class of bytes that it is. */
  readonly format: Format;
  /** Milliseconds since the epoch, by the clock of the maker. */
  readonly made: number;
  /** The call that made it, `<executorId>-<jobId>-<callId>`; outside of calls the process, `process-<pid>`. */
  readonly by: string;
  /** When it expires, milliseconds since the epoch. */
  readonly expires: number | undefined;

  constructor(
    storage: Storage,
    { bucket, key, etag, size }: ObjectVersion,
    { format, made, by, expires }: About,
  ) {
    this.storage = storage;
    this.bucket = bucket;
    this.key = key;
    this.etag = etag;
    this.size = size;
    this.format = format;
    this.made = made;
    this.by = by;
    this.expires = expires;
  }

  /** The value. What it consists of was read into one piece of memory, of which large arrays within it are views. */
  get(options: WaitOptions = {}): Promise<T> {
    return readWith(this.storage, this, options);
  }

  /** The bytes of the object, read as they are consumed: of bytes and text themselves, of other values as they are kept. */
  async stream(options: WaitOptions = {}): Promise<Readable> {
    const { info, body } = await present(this, () =>
      this.storage.getObject(this.bucket, this.key, { ...options, stream: true, info: true }),
    );
    try {
      checkVersion(this, info);
    } catch (error) {
      body.destroy();
      throw error;
    }
    return body;
  }

  /** What the storage knows of the object, without reading it. */
  async head(options: WaitOptions = {}): Promise<ObjectInfo> {
    const info = await present(this, () => this.storage.headObject(this.bucket, this.key, options));
    checkVersion(this, info);
    return info;
  }

  /** Deletes the object. One that is gone, or was replaced, is no error, and what has replaced it stays. */
  async delete(options: WaitOptions = {}): Promise<void> {
    try {
      const { etag } = await this.storage.headObject(this.bucket, this.key, options);
      if (etag === this.etag) await this.storage.deleteObject(this.bucket, this.key, options);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  /** What it holds and where, for people. */
  toString(): string {
    return `CloudObject(${this.format}, ${this.size} bytes, ${this.bucket}/${this.key})`;
  }

  static {
    // Not written as a method: declarations made file by file cannot name `inspect.custom`.
    Object.defineProperty(CloudObject.prototype, inspect.custom, {
      value(this: CloudObject): string {
        return this.toString();
      },
    });
  }
}

/** Reads an object's value through this storage. */
export async function readWith<T>(
  storage: Storage,
  object: CloudObject<T>,
  options: WaitOptions,
): Promise<T> {
  const { bucket, key } = object;
  const { info, body } = await present(object, () =>
    storage.getObject(bucket, key, { ...options, info: true }),
  );
  checkVersion(object, info);
  return (await unpack(object.format, body)) as T;
}

async function present<R>(object: CloudObject, read: () => Promise<R>): Promise<R> {
  if (object.expires !== undefined && object.expires <= Date.now()) throw gone(object, 'expired');
  try {
    return await read();
  } catch (cause) {
    throw isMissing(cause) ? gone(object, 'cleaned', cause) : cause;
  }
}

function checkVersion(object: CloudObject, { etag }: ObjectInfo): void {
  if (etag !== object.etag) throw gone(object, 'replaced');
}

function gone(
  { bucket, key, size, format, made, by, expires = 0 }: CloudObject,
  code: 'cleaned' | 'replaced' | 'expired',
  cause?: unknown,
): CloudObjectGoneError {
  const fate = {
    cleaned: `is gone: it was deleted, or ${endOf(key, by)}`,
    replaced: 'was replaced by another version',
    expired: `has expired at ${new Date(expires).toISOString()}`,
  }[code];
  const maker = by.startsWith(OUTSIDE)
    ? `process ${by.slice(OUTSIDE.length)}, outside of calls`
    : `call ${by}`;
  return new CloudObjectGoneError(
    code,
    `the object ${bucket}/${key} (${format}, ${size} bytes), made at ${new Date(made).toISOString()} by ${maker}, ${fate}`,
    { bucket, key, cause },
  );
}

/** With what it goes when nobody deletes it, as its key tells. */
function endOf(key: string, by: string): string {
  const path = key.split('/');
  if (path[0] !== 'jobs') return `its scope '${path[1]}' was cleaned`;
  if (by.startsWith(OUTSIDE)) return 'the program that made it has ended';
  const [owner = '', job = ''] = path.slice(path.indexOf('objects') - 2);
  return owner === 'jobs' || job.includes('-')
    ? `executor ${path[1]} was closed`
    : `what job ${owner}-${job} has left was cleaned`;
}

/** What travels; its storage's part is the storage's own. */
type State = Omit<ObjectVersion & About, 'expires'> & { readonly storage: Json; readonly expires?: number };

const HANDLE: Portable<CloudObject, State & { readonly [member: string]: Json }> = {
  type: 'cloudobject:CloudObject@1',
  module: '@skein/cloudobject',
  from: import.meta.url,
  reach: ({ storage }) => storage.reach,
  dehydrate({ storage, bucket, key, etag, size, format, made, by, expires }) {
    const state = { storage: dehydrateStorage(storage), bucket, key, etag, size, format, made, by };
    return expires === undefined ? state : { ...state, expires };
  },
  revive({ storage, format, made, by, expires, ...version }, site) {
    if (!isFormat(format))
      throw badArgument('the format of a CloudObject', 'one that this version knows', format);
    return new CloudObject(reviveStorage(storage, site), version, { format, made, by, expires });
  },
};
Object.defineProperty(CloudObject, portable, { value: HANDLE });
registerPortable(CloudObject as unknown as PortableClass);
