import type { Readable } from 'node:stream';
import { type Portable, type PortableClass, portable, type Reach, registerPortable } from '@skein/codec';
import { type BodyInput, closeBody, toBody, toBuffer, toReadable } from './body.ts';
import { resolveStorage, type StorageConfig, type StorageTarget } from './config.ts';
import type {
  ListEntry,
  Metadata,
  ObjectEntry,
  ObjectInfo,
  PortableConfig,
  StorageCapability,
  StorageDriver,
} from './driver.ts';
import { badArgument, NoSuchBucketError, StorageError, UnsupportedCapabilityError } from './errors.ts';
import { type KeyFilter, keyFilter } from './match.ts';
import { checkBucket, checkKey, checkMetadata } from './names.ts';
import { type ByteRange, checkRange } from './range.ts';

/** Ends a wait early: with `signal.reason`, or after `timeoutMs` with a TimeoutError. */
export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

export interface PutOptions extends WaitOptions {
  readonly contentType?: string | undefined;
  /** Kept with the object; names are lower-case. */
  readonly metadata?: Metadata | undefined;
  /** '*': write only if there is no such object. Of any number of racing writers one wins. */
  readonly ifNoneMatch?: '*' | undefined;
  /** Write only if the object's etag is this one. */
  readonly ifMatch?: string | undefined;
}

export interface PutResult {
  readonly etag: string;
  readonly size: number;
}

export interface GetOptions extends WaitOptions {
  readonly range?: ByteRange | undefined;
  /** Give a Readable, which reads as it is consumed, instead of all bytes. @default false */
  readonly stream?: boolean | undefined;
  /** Give `{ info, body }` with the description of the very version that was read. @default false */
  readonly info?: boolean | undefined;
}

/** A body with what the store knows of the version it belongs to. */
export interface WithInfo<Body> {
  readonly info: ObjectInfo;
  readonly body: Body;
}

export interface ListOptions extends WaitOptions {
  /** Gather keys that share what follows the prefix up to this into one entry. Most often '/'. */
  readonly delimiter?: string | undefined;
  /** A glob over whole keys: `*` stops at '/', `**` does not. Entries that stand for a prefix are not matched. */
  readonly match?: string | undefined;
  /** Only what comes after this key; needs the capability `ordered-list`. */
  readonly startAfter?: string | undefined;
}

export interface PresignOptions {
  /** Read or write. @default 'GET' */
  readonly method?: 'GET' | 'PUT' | undefined;
  /** How long the URL is good for, milliseconds. @default 900000, a quarter of an hour */
  readonly expiresInMs?: number | undefined;
}

const UTF8_ORDERED = 'ordered-list';
const QUARTER_HOUR_MS = 15 * 60 * 1000;
/** The longest that S3's and GCS's signatures hold. */
const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * Objects by bucket and key, in any store that has a driver. Made without I/O: the driver is loaded and the store touched
 * by the first operation. A handle: it may be closed over and sent to wherever the store can be reached from.
 */
export class Storage implements AsyncDisposable {
  readonly #target: StorageTarget;
  #driver: StorageDriver | undefined;
  #opening: Promise<StorageDriver> | undefined;

  constructor(config?: StorageConfig | PortableConfig) {
    this.#target = resolveStorage(config);
  }

  /** Which driver: 'fs', 'memory', … */
  get kind(): string {
    return this.#target.kind;
  }

  /** From where the store can be reached. */
  get reach(): Reach {
    return this.#target.reach;
  }

  /** JSON that `new Storage()` accepts elsewhere to reach the same store, without secrets; undefined when it cannot travel. */
  get config(): PortableConfig | undefined {
    return this.#target.config;
  }

  /** The bucket in which Skein's packages keep what they store: the one that the configuration names, else 'skein'. */
  get bucket(): string {
    return this.#target.bucket ?? 'skein';
  }

  /** Whether the store can do it: ask before relying on conditional writes. */
  async supports(capability: StorageCapability): Promise<boolean> {
    return (await this.#open()).capabilities.has(capability);
  }

  /** Writes a whole object, or nothing. Replaces one of the same key unless a condition says otherwise. */
  async putObject(
    bucket: string,
    key: string,
    body: BodyInput,
    options: PutOptions = {},
  ): Promise<PutResult> {
    checkBucket(bucket);
    checkKey(key);
    const { contentType, metadata, ifNoneMatch, ifMatch } = options;
    if (contentType !== undefined && typeof contentType !== 'string')
      throw badArgument('contentType', 'a string', contentType);
    if (metadata !== undefined) checkMetadata(metadata);
    if (ifNoneMatch !== undefined && ifNoneMatch !== '*')
      throw badArgument('ifNoneMatch', "'*'", ifNoneMatch);
    if (ifMatch !== undefined && (typeof ifMatch !== 'string' || ifMatch === ''))
      throw badArgument('ifMatch', 'an etag', ifMatch);
    if (ifMatch !== undefined && ifNoneMatch !== undefined) {
      throw badArgument('options', 'made of ifMatch or ifNoneMatch, not of both', options);
    }
    const signal = deadline(options);
    const content = toBody(body, signal);
    try {
      const driver = this.#driver ?? (await this.#open());
      if (ifNoneMatch !== undefined) need(driver, 'if-none-match', bucket, key);
      if (ifMatch !== undefined) need(driver, 'if-match', bucket, key);
      if (contentType !== undefined || metadata !== undefined) need(driver, 'metadata', bucket, key);
      return await driver.put(bucket, key, content, { contentType, metadata, ifNoneMatch, ifMatch, signal });
    } finally {
      if (content.kind === 'stream') closeBody(body);
    }
  }

  /** An object's bytes, or those of a range. Rejects with NoSuchKeyError when there is no such object. */
  getObject(
    bucket: string,
    key: string,
    options?: GetOptions & { stream?: false; info?: false },
  ): Promise<Buffer>;
  getObject(
    bucket: string,
    key: string,
    options: GetOptions & { stream: true; info?: false },
  ): Promise<Readable>;
  getObject(
    bucket: string,
    key: string,
    options: GetOptions & { stream?: false; info: true },
  ): Promise<WithInfo<Buffer>>;
  getObject(
    bucket: string,
    key: string,
    options: GetOptions & { stream: true; info: true },
  ): Promise<WithInfo<Readable>>;
  async getObject(
    bucket: string,
    key: string,
    options: GetOptions = {},
  ): Promise<Buffer | Readable | WithInfo<Buffer | Readable>> {
    checkBucket(bucket);
    checkKey(key);
    const range = options.range && checkRange(options.range);
    const signal = deadline(options);
    const driver = this.#driver ?? (await this.#open());
    const prefer = options.stream ? 'stream' : 'bytes';
    const object = await driver.get(bucket, key, { range, prefer, signal, info: options.info === true });
    const body = options.stream ? await toReadable(object.body, signal) : await toBuffer(object.body);
    if (!options.info) return body;
    if (!object.info)
      throw new StorageError('corrupt', `the ${driver.kind} storage driver gave no info`, { bucket, key });
    return { info: object.info, body };
  }

  /** What the store knows of an object, without its bytes. */
  async headObject(bucket: string, key: string, options: WaitOptions = {}): Promise<ObjectInfo> {
    checkBucket(bucket);
    checkKey(key);
    const signal = deadline(options);
    return (await this.#open()).head(bucket, key, { signal });
  }

  /** Deletes an object. One that is not there is no error: it is as it should be. */
  async deleteObject(bucket: string, key: string, options: WaitOptions = {}): Promise<void> {
    return this.deleteObjects(bucket, [key], options);
  }

  /** Deletes objects, in as few requests as the store allows. */
  async deleteObjects(bucket: string, keys: Iterable<string>, options: WaitOptions = {}): Promise<void> {
    checkBucket(bucket);
    if (typeof keys === 'string') throw badArgument('keys', 'an iterable of keys', keys);
    const list = [...keys].map(checkKey);
    const signal = deadline(options);
    const driver = await this.#open();
    if (list.length > 0) await driver.delete(bucket, list, { signal });
  }

  /** Copies an object with its content type and metadata; `options` replace them and set conditions on the copy. */
  async copyObject(from: ObjectPlace, to: ObjectPlace, options: PutOptions = {}): Promise<PutResult> {
    checkPlace('from', from);
    checkPlace('to', to);
    const signal = deadline(options);
    const { info, body } = await this.getObject(from.bucket, from.key, { stream: true, info: true, signal });
    try {
      const kept = Object.keys(info.metadata).length > 0 ? info.metadata : undefined;
      const { contentType = info.contentType, metadata = kept } = options;
      return await this.putObject(to.bucket, to.key, body, {
        ...options,
        timeoutMs: undefined,
        signal,
        contentType,
        metadata,
      });
    } finally {
      body.destroy();
    }
  }

  /**
   * The objects whose keys begin with `prefix`, read from the store as the loop goes on. With `delimiter`, entries that
   * stand for a common prefix come between them. In the order of the keys' UTF-8 bytes where the driver has `ordered-list`.
   */
  listObjects(
    bucket: string,
    prefix?: string,
    options?: ListOptions & { delimiter?: undefined },
  ): AsyncIterable<ObjectEntry>;
  listObjects(bucket: string, prefix: string | undefined, options: ListOptions): AsyncIterable<ListEntry>;
  listObjects(bucket: string, prefix = '', options: ListOptions = {}): AsyncIterable<ListEntry> {
    return flatten(this.#pages(bucket, prefix, options));
  }

  /** The keys that begin with `prefix`; with `delimiter`, also the common prefixes, which end with it. */
  async *listKeys(bucket: string, prefix = '', options: ListOptions = {}): AsyncGenerator<string> {
    for await (const page of this.#pages(bucket, prefix, options)) {
      for (const entry of page) yield entry.kind === 'object' ? entry.key : entry.prefix;
    }
  }

  async *#pages(bucket: string, prefix: string, options: ListOptions): AsyncGenerator<readonly ListEntry[]> {
    checkBucket(bucket);
    const { delimiter, match, startAfter } = options;
    if (typeof prefix !== 'string') throw badArgument('prefix', 'a string', prefix);
    if (delimiter !== undefined && (typeof delimiter !== 'string' || delimiter === '')) {
      throw badArgument('delimiter', 'a string that is not empty', delimiter);
    }
    if (startAfter !== undefined && typeof startAfter !== 'string')
      throw badArgument('startAfter', 'a key', startAfter);
    const signal = deadline(options);
    const driver = await this.#open();
    if (startAfter !== undefined) need(driver, UTF8_ORDERED, bucket);
    const filter: KeyFilter | undefined = match === undefined ? undefined : await keyFilter(match);
    // The literal beginning of a glob spares listing the rest of the bucket.
    const from = filter?.prefix.startsWith(prefix) ? filter.prefix : prefix;
    if (filter && !from.startsWith(filter.prefix) && !filter.prefix.startsWith(from)) return;
    for await (const page of driver.list(bucket, {
      prefix: delimiter === undefined ? from : prefix,
      delimiter,
      startAfter,
      signal,
    })) {
      signal?.throwIfAborted();
      yield filter ? page.filter((entry) => entry.kind === 'prefix' || filter.matches(entry.key)) : page;
    }
  }

  /** Makes the bucket unless it exists. */
  async createBucket(bucket: string): Promise<void> {
    checkBucket(bucket);
    await (await this.#open()).createBucket(bucket);
  }

  /** Resolves when the bucket exists, else rejects with NoSuchBucketError. */
  async headBucket(bucket: string): Promise<void> {
    checkBucket(bucket);
    if (!(await (await this.#open()).headBucket(bucket))) throw new NoSuchBucketError(bucket);
  }

  /** Removes a bucket that holds no objects. */
  async deleteBucket(bucket: string): Promise<void> {
    checkBucket(bucket);
    await (await this.#open()).deleteBucket(bucket);
  }

  /**
   * A URL by which whoever has it reads (or writes) the object for a while, without credentials: treat it as a secret.
   * The store is not asked. Needs the capability `presigned-url`.
   */
  async presignedUrl(bucket: string, key: string, options: PresignOptions = {}): Promise<string> {
    checkBucket(bucket);
    checkKey(key);
    const { method = 'GET', expiresInMs = QUARTER_HOUR_MS } = options;
    if (method !== 'GET' && method !== 'PUT') throw badArgument('method', "'GET' or 'PUT'", method);
    if (!(typeof expiresInMs === 'number' && expiresInMs >= 1000 && expiresInMs <= WEEK_MS))
      throw badArgument('expiresInMs', 'milliseconds, between a second and a week', expiresInMs);
    const driver = await this.#open();
    if (!driver.presign) throw new UnsupportedCapabilityError(driver.kind, 'presigned-url', { bucket, key });
    return driver.presign(bucket, key, { method, expiresInMs });
  }

  /** Stores a file under `key`, by default the file's name. It is streamed: its size does not matter. */
  async uploadFile(path: string, bucket: string, key?: string, options: PutOptions = {}): Promise<PutResult> {
    const { uploadFile } = await import('./files.ts');
    return uploadFile(this, path, bucket, key, options);
  }

  /** Writes an object to `path`, by default its key's last part in the working directory. The file appears when it is whole. */
  async downloadFile(
    bucket: string,
    key: string,
    path?: string,
    options: WaitOptions & { range?: ByteRange } = {},
  ): Promise<ObjectInfo> {
    const { downloadFile } = await import('./files.ts');
    return downloadFile(this, bucket, key, path, options);
  }

  /** Lets go of connections. A later operation opens them again. */
  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    this.#driver = undefined;
    const driver = await opening;
    if (driver === undefined) return;
    await (this.#target.release ? this.#target.release(driver) : driver.close?.());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #open(): Promise<StorageDriver> {
    if (this.#driver) return this.#driver;
    this.#opening ??= Promise.resolve(this.#target.open());
    try {
      this.#driver = await this.#opening;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
    return this.#driver;
  }
}

/** How a storage travels: as the address of its store. Memory reaches no further than this process, and codec refuses it there. */
const HANDLE: Portable<Storage, PortableConfig> = {
  type: 'storage:Storage@1',
  module: '@skein/storage',
  reach: (storage) => storage.reach,
  dehydrate: (storage) => {
    if (storage.config) return storage.config;
    throw new StorageError(
      'unsupported',
      `a ${storage.kind} storage cannot travel: its driver has no config to open it with elsewhere`,
    );
  },
  revive: (config) => new Storage(config),
};

// Not written as a static member: declarations made file by file cannot name a symbol of another package.
Object.defineProperty(Storage, portable, { value: HANDLE });
registerPortable(Storage as unknown as PortableClass);

async function* flatten<T>(pages: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
  for await (const page of pages) yield* page;
}

/** An object's place. */
export interface ObjectPlace {
  readonly bucket: string;
  readonly key: string;
}

function checkPlace(what: string, place: ObjectPlace): void {
  if (typeof place !== 'object' || place === null) throw badArgument(what, '{ bucket, key }', place);
  checkBucket(place.bucket);
  checkKey(place.key);
}

function need(driver: StorageDriver, capability: StorageCapability, bucket: string, key?: string): void {
  if (!driver.capabilities.has(capability))
    throw new UnsupportedCapabilityError(driver.kind, capability, { bucket, key });
}

/** One signal for both ways to end a wait; refuses at once when it has ended already. */
function deadline(options: WaitOptions): AbortSignal | undefined {
  const { signal, timeoutMs } = options;
  signal?.throwIfAborted();
  if (timeoutMs === undefined) return signal;
  if (!(typeof timeoutMs === 'number' && timeoutMs > 0)) {
    throw new StorageError(
      'bad-argument',
      `timeoutMs must be a positive number of milliseconds, not ${timeoutMs}`,
    );
  }
  if (timeoutMs === Number.POSITIVE_INFINITY) return signal;
  const timer = AbortSignal.timeout(timeoutMs);
  return signal ? AbortSignal.any([signal, timer]) : timer;
}
