/**
 * The `minio` driver, on MinIO's own client.
 *
 * - All capabilities. Conditional writes are the server's own, for large bodies too: the condition is checked when the
 *   parts become an object. One whose answer was lost is recognised when it is sent again (see `network/conditional.ts`), unless
 *   another write has replaced it meanwhile.
 * - Etags name the content: equal bytes that are written again may have the etag that they had.
 * - Bodies up to `partSize` are one request with a CRC-32, which is verified when the object is read whole. Larger ones
 *   are sent in parts, `concurrency` at a time, each verified by the server: by the SHA-256 of its signature, by MD5
 *   under TLS. Objects larger than a part are read by ranges of one version.
 * - MinIO stores objects as files and cannot keep every key: not '..' or '.' between slashes, not '//', not one that begins
 *   with a slash, no NUL, and no more than 255 bytes between slashes. Writing those is a `bad-argument`. It keeps 'a/b'
 *   beside 'a', but its listings show nothing below a key that is an object itself.
 */
import type {
  Body,
  DriverGet,
  DriverList,
  DriverObject,
  DriverPresign,
  DriverPut,
  ListEntry,
  Metadata,
  ObjectInfo,
  StorageCapability,
  StorageDriver,
} from './driver.ts';
import { changedError, NoSuchBucketError, NoSuchKeyError, type StorageError } from './errors.ts';
import { MinioWire } from './minio/client.ts';
import { deleteKeys } from './minio/delete.ts';
import { checkOf, infoOf, META } from './minio/describe.ts';
import { canBeginMinioKey, checkMinioKey, isMinioKey } from './minio/keys.ts';
import { type MinioOptions, minioKind } from './minio/options.ts';
import { type Written, writeObject } from './minio/write.ts';
import { readListPage } from './minio/xml.ts';
import { isConditional, WRITE_ID } from './network/conditional.ts';
import { DEFAULTS, type Opening } from './network/kind.ts';
import { type ObjectSource, readObject, sizesOf } from './network/read.ts';
import { fromSource } from './network/source.ts';
import { reachOf } from './network/target.ts';
import { resolveRange } from './range.ts';
import { conditionalWrite, plainEtag, quotedEtag } from './s3/conditional.ts';
import { errorName, statusOf } from './s3/errors.ts';

export type { MinioOptions } from './minio/options.ts';

const CAPABILITIES: ReadonlySet<StorageCapability> = new Set<StorageCapability>([
  'if-none-match',
  'if-match',
  'metadata',
  'ordered-list',
  'presigned-url',
]);

/** Objects on a MinIO server. */
export function minioDriver(options: MinioOptions | Opening<MinioOptions>): StorageDriver {
  minioKind.check?.(options);
  return new MinioDriver(options, 'portable' in options ? options.portable : undefined);
}

type Waiting = { readonly signal?: AbortSignal | undefined };

class MinioDriver implements StorageDriver {
  readonly kind = 'minio';
  readonly reach: StorageDriver['reach'];
  readonly capabilities: ReadonlySet<StorageCapability> = CAPABILITIES;
  readonly config: StorageDriver['config'];
  readonly #options: MinioOptions;
  readonly #parts: { readonly partSize: number; readonly concurrency: number; readonly attempts: number };
  #opening: Promise<MinioWire> | undefined;

  constructor(options: MinioOptions, portable: StorageDriver['config']) {
    const { partSize = DEFAULTS.partSize, concurrency = DEFAULTS.concurrency } = options;
    this.#options = options;
    this.#parts = { partSize, concurrency, attempts: options.attempts ?? DEFAULTS.attempts };
    this.reach = reachOf(minioKind.address(options));
    this.config = portable;
  }

  put(bucket: string, key: string, body: Body, options: DriverPut): Promise<Written> {
    return fromSource(body, (source) =>
      this.#run(bucket, key, options.signal, async (wire) => {
        checkMinioKey(bucket, key);
        let size = 0;
        const write = async (metadata: Metadata | undefined): Promise<string> => {
          const target = { bucket, key, metadata, options, ...this.#parts };
          const written = await writeObject(wire, target, source);
          size = written.size;
          return written.etag;
        };
        if (!isConditional(options)) return { etag: await write(options.metadata), size };
        const find = async (): ReturnType<typeof findVersion> => {
          const version = await findVersion(wire, bucket, key);
          size = version?.size ?? size;
          return version;
        };
        const etag = await conditionalWrite({ bucket, key }, options, write, find);
        return { etag, size };
      }),
    );
  }

  async get(bucket: string, key: string, options: DriverGet): Promise<DriverObject> {
    if (!isMinioKey(key)) throw await this.#missing(bucket, key);
    return this.#run(bucket, key, options.signal, async (wire) => {
      try {
        return await readObject(this.#source(wire, bucket, key), options);
      } catch (error) {
        if (statusOf(error) !== 416) throw error;
        // Says the size, which the server has not.
        resolveRange(options.range, (await this.head(bucket, key, options)).size, bucket, key);
        throw error;
      }
    });
  }

  async head(bucket: string, key: string, { signal }: Waiting): Promise<ObjectInfo> {
    if (!isMinioKey(key)) throw await this.#missing(bucket, key);
    return this.#run(bucket, key, signal, async (wire) => {
      try {
        return infoOf(key, await wire.headers({ method: 'HEAD', bucket, key, signal }));
      } catch (error) {
        // An answer without a body does not say which of the two is missing.
        throw isMissing(error) ? await this.#missing(bucket, key) : error;
      }
    });
  }

  delete(bucket: string, keys: readonly string[], { signal }: Waiting): Promise<void> {
    return this.#run(bucket, undefined, signal, async (wire) => {
      // The server would take some of the keys that it cannot keep for others.
      const possible = keys.filter(isMinioKey);
      if (possible.length === 0) await this.#require(bucket);
      else await deleteKeys(wire, bucket, possible, signal);
    });
  }

  async *list(
    bucket: string,
    { prefix, delimiter, startAfter, signal }: DriverList,
  ): AsyncGenerator<readonly ListEntry[]> {
    if (!canBeginMinioKey(prefix)) {
      await this.#require(bucket);
      return;
    }
    for (let token: string | undefined, more = true; more; more = token !== undefined) {
      const query = {
        'list-type': '2',
        'encoding-type': 'url', // XML cannot hold every character
        prefix,
        ...(delimiter !== undefined && { delimiter }),
        ...(startAfter !== undefined && { 'start-after': startAfter }),
        ...(token !== undefined && { 'continuation-token': token }),
      };
      const request = { method: 'GET', bucket, query, signal } as const;
      const page = readListPage(await this.#run(bucket, undefined, signal, (wire) => wire.text(request)));
      yield page.entries;
      token = page.next;
    }
  }

  createBucket(bucket: string): Promise<void> {
    return this.#run(bucket, undefined, undefined, async (wire) => {
      try {
        await wire.headers({ method: 'PUT', bucket, body: bucketRequest(wire.region) });
      } catch (error) {
        if (errorName(error) !== 'BucketAlreadyOwnedByYou') throw error;
      }
    });
  }

  headBucket(bucket: string): Promise<boolean> {
    return this.#run(bucket, undefined, undefined, async (wire) => {
      try {
        await wire.headers({ method: 'HEAD', bucket });
        return true;
      } catch (error) {
        if (isMissing(error)) return false;
        throw error;
      }
    });
  }

  async deleteBucket(bucket: string): Promise<void> {
    await this.#run(bucket, undefined, undefined, (wire) => wire.headers({ method: 'DELETE', bucket }));
  }

  presign(bucket: string, key: string, { method, expiresInMs }: DriverPresign): Promise<string> {
    return this.#run(bucket, key, undefined, (wire) => {
      checkMinioKey(bucket, key);
      return wire.presign(method, bucket, key, Math.floor(expiresInMs / 1000));
    });
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    (await opening?.catch(() => undefined))?.close();
  }

  #source(wire: MinioWire, bucket: string, key: string): ObjectSource {
    return {
      ...{ bucket, key, ...this.#parts, locks: true },
      ask: async ({ range, ifMatch, signal }) => {
        const headers = {
          ...(range === undefined ? { 'x-amz-checksum-mode': 'ENABLED' } : { range }),
          ...(ifMatch !== undefined && { 'if-match': quotedEtag(ifMatch) }),
        };
        try {
          const body = await wire.once({ method: 'GET', bucket, key, headers, signal });
          const check = range === undefined ? checkOf(body.headers, bucket, key) : undefined;
          return { info: infoOf(key, body.headers), length: sizesOf(body.headers).length, body, check };
        } catch (error) {
          const told = wire.error(error, bucket, key, signal);
          throw statusOf(told) === 412 ? changedError(bucket, key, told) : told;
        }
      },
      failure: (cause, signal) => wire.error(cause, bucket, key, signal),
    };
  }

  async #require(bucket: string): Promise<void> {
    if (!(await this.headBucket(bucket))) throw new NoSuchBucketError(bucket);
  }

  async #missing(bucket: string, key: string): Promise<StorageError> {
    await this.#require(bucket);
    return new NoSuchKeyError(bucket, key);
  }

  async #run<T>(
    bucket: string,
    key: string | undefined,
    signal: AbortSignal | undefined,
    work: (wire: MinioWire) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    this.#opening ??= MinioWire.open(this.#options).catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    const wire = await this.#opening;
    try {
      return await work(wire);
    } catch (error) {
      throw wire.error(error, bucket, key, signal);
    }
  }
}

/** What is there now, for a conditional write that was refused. */
async function findVersion(
  wire: MinioWire,
  bucket: string,
  key: string,
): Promise<(Written & { readonly writeId: string | undefined }) | undefined> {
  try {
    const headers = await wire.headers({ method: 'HEAD', bucket, key });
    const id = headers[`${META}${WRITE_ID}`];
    const { size } = sizesOf(headers);
    return { etag: plainEtag(headers.etag), size, writeId: typeof id === 'string' ? id : undefined };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return statusOf(error) === 404;
}

/** The first region is said by saying none. */
function bucketRequest(region: string): string {
  if (region === 'us-east-1') return '';
  return `<CreateBucketConfiguration><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`;
}
