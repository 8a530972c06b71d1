/**
 * The `oss` driver: Alibaba Cloud Object Storage Service, on its own client `ali-oss`.
 *
 * No server for tests can be had: what is here is tested against the recorded protocol, answers as Alibaba Cloud's API
 * reference has them (`test/support/recorded-oss.ts`), and not against the service itself.
 *
 * - Capabilities: all but `if-match`, which OSS has for reading and copying only. `if-none-match` is its header
 *   `x-oss-forbid-overwrite`, which buckets with versioning ignore: do not rely on it there. A write whose answer was
 *   lost is recognised when it is sent again (see `network/conditional.ts`).
 * - Etags name the content: equal bytes that are written again may have the etag that they had.
 * - Every body carries its MD5, which OSS verifies; larger ones than `partSize` are sent in parts, each with its own. An
 *   object that came in one request and is read whole is verified. Objects larger than a part are read by ranges of
 *   one version.
 * - Keys have at most 1,023 bytes and begin with neither '/' nor '\'. Others are a `bad-argument`.
 */
import type { IncomingMessage } from 'node:http';
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
import {
  changedError,
  NoSuchBucketError,
  NoSuchKeyError,
  type StorageError,
  UnsupportedCapabilityError,
} from './errors.ts';
import { PAGE } from './listing.ts';
import { isConditional, writeIf } from './network/conditional.ts';
import { DEFAULTS, type Opening } from './network/kind.ts';
import { type ObjectSource, readObject, sizesOf } from './network/read.ts';
import { fromSource } from './network/source.ts';
import { reachOf } from './network/target.ts';
import { isTaken, OssWire } from './oss/client.ts';
import { deleteKeys } from './oss/delete.ts';
import { checkOf, checkOssKey, infoOf, reasonAgainst, writeIdOf } from './oss/describe.ts';
import { entriesOf } from './oss/list.ts';
import { type OssOptions, ossKind } from './oss/options.ts';
import { headersOf, type Written, writeObject } from './oss/write.ts';
import { resolveRange } from './range.ts';
import { plainEtag, quotedEtag } from './s3/conditional.ts';
import { errorName, statusOf } from './s3/errors.ts';

export type { OssOptions } from './oss/options.ts';

const CAPABILITIES: ReadonlySet<StorageCapability> = new Set<StorageCapability>([
  'if-none-match',
  'metadata',
  'ordered-list',
  'presigned-url',
]);

/** Objects in Alibaba Cloud OSS. */
export function ossDriver(options: OssOptions | Opening<OssOptions>): StorageDriver {
  ossKind.check?.(options);
  return new OssDriver(options, 'portable' in options ? options.portable : undefined);
}

type Waiting = { readonly signal?: AbortSignal | undefined };

class OssDriver implements StorageDriver {
  readonly kind = 'oss';
  readonly reach: StorageDriver['reach'];
  readonly capabilities: ReadonlySet<StorageCapability> = CAPABILITIES;
  readonly config: StorageDriver['config'];
  readonly #options: OssOptions;
  readonly #parts: { readonly partSize: number; readonly concurrency: number; readonly attempts: number };
  #opening: Promise<OssWire> | undefined;

  constructor(options: OssOptions, portable: StorageDriver['config']) {
    const { partSize = DEFAULTS.partSize, concurrency = DEFAULTS.concurrency } = options;
    this.#options = options;
    this.#parts = { partSize, concurrency, attempts: options.attempts ?? DEFAULTS.attempts };
    this.reach = reachOf(ossKind.address(options));
    this.config = portable;
  }

  put(bucket: string, key: string, body: Body, options: DriverPut): Promise<Written> {
    return fromSource(body, (source) =>
      this.#run(bucket, key, options.signal, async (wire) => {
        if (options.ifMatch !== undefined)
          throw new UnsupportedCapabilityError('oss', 'if-match', { bucket, key });
        checkOssKey(bucket, key);
        let size = 0;
        const write = async (metadata: Metadata | undefined): Promise<string> => {
          const written = await writeObject(wire, { bucket, key, metadata, options, ...this.#parts }, source);
          size = written.size;
          return written.etag;
        };
        if (!isConditional(options)) return { etag: await write(options.metadata), size };
        const find = async (): ReturnType<typeof findVersion> => {
          const version = await findVersion(wire, bucket, key);
          size = version?.size ?? size;
          return version;
        };
        return { etag: await writeIf({ bucket, key, options, write, find, isRefusal: isTaken }), size };
      }),
    );
  }

  async get(bucket: string, key: string, options: DriverGet): Promise<DriverObject> {
    return this.#run(bucket, key, options.signal, async (wire) => {
      if (reasonAgainst(key) !== undefined) throw await this.#missing(bucket, key);
      try {
        return await readObject(this.#source(wire, bucket, key), options);
      } catch (error) {
        if (statusOf(error) !== 416) throw error;
        // Says the size, which the service has not.
        resolveRange(options.range, (await this.head(bucket, key, options)).size, bucket, key);
        throw error;
      }
    });
  }

  head(bucket: string, key: string, { signal }: Waiting): Promise<ObjectInfo> {
    return this.#run(bucket, key, signal, async (wire) => {
      if (reasonAgainst(key) !== undefined) throw await this.#missing(bucket, key);
      try {
        const { res } = await wire.run(bucket, signal, (client) => client.head(key));
        return infoOf(key, headersOf(res));
      } catch (error) {
        // An answer without a body may not say which of the two is missing.
        throw statusOf(error) === 404 ? await this.#missing(bucket, key) : error;
      }
    });
  }

  delete(bucket: string, keys: readonly string[], { signal }: Waiting): Promise<void> {
    return this.#run(bucket, undefined, signal, async (wire) => {
      // The library would take '/a' for 'a'.
      const possible = keys.filter((key) => reasonAgainst(key) === undefined);
      if (possible.length > 0) await deleteKeys(wire, bucket, possible, signal);
      else if (!(await this.headBucket(bucket))) throw new NoSuchBucketError(bucket);
    });
  }

  async *list(
    bucket: string,
    { prefix, delimiter, startAfter, signal }: DriverList,
  ): AsyncGenerator<readonly ListEntry[]> {
    for (let token: string | undefined, more = true; more; more = token !== undefined) {
      const query = {
        'max-keys': String(PAGE),
        'encoding-type': 'url', // XML cannot hold every character
        // The library signs a parameter that is there and empty otherwise than the service.
        ...(prefix !== '' && { prefix }),
        ...(delimiter !== undefined && { delimiter }),
        ...(startAfter && { 'start-after': startAfter }),
        ...(token !== undefined && { 'continuation-token': token }),
      };
      const page = await this.#run(bucket, undefined, signal, (wire) =>
        // The library takes from the query what it is given.
        wire.run(bucket, signal, (client) => client.listV2({ ...query } as object)),
      );
      yield entriesOf(page);
      token = page.isTruncated ? page.nextContinuationToken : undefined;
    }
  }

  createBucket(bucket: string): Promise<void> {
    return this.#run(bucket, undefined, undefined, async (wire) => {
      try {
        await wire.run(bucket, undefined, (client) => client.putBucket(bucket));
      } catch (error) {
        // Names are those of everyone: it may be another's.
        if (errorName(error) !== 'BucketAlreadyExists' || !(await this.headBucket(bucket))) throw error;
      }
    });
  }

  headBucket(bucket: string): Promise<boolean> {
    return this.#run(bucket, undefined, undefined, async (wire) => {
      try {
        await wire.run(bucket, undefined, (client) => client.getBucketInfo(bucket));
        return true;
      } catch (error) {
        if (statusOf(error) === 404) return false;
        throw error;
      }
    });
  }

  async deleteBucket(bucket: string): Promise<void> {
    await this.#run(bucket, undefined, undefined, (wire) =>
      wire.run(bucket, undefined, (client) => client.deleteBucket(bucket)),
    );
  }

  presign(bucket: string, key: string, { method, expiresInMs }: DriverPresign): Promise<string> {
    return this.#run(bucket, key, undefined, (wire) => {
      checkOssKey(bucket, key);
      const seconds = Math.floor(expiresInMs / 1000);
      return wire.run(bucket, undefined, (client) => client.signatureUrlV4(method, seconds, undefined, key));
    });
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    (await opening?.catch(() => undefined))?.close();
  }

  #source(wire: OssWire, bucket: string, key: string): ObjectSource {
    return {
      ...{ bucket, key, ...this.#parts },
      ask: async ({ range, ifMatch, signal }) => {
        const headers = {
          // Else a range that has no byte of the object is answered with all of it.
          ...(range !== undefined && { Range: range, 'x-oss-range-behavior': 'standard' }),
          ...(ifMatch !== undefined && { 'If-Match': quotedEtag(ifMatch) }),
        };
        try {
          const { stream } = await wire.once(bucket, signal, (client) => client.getStream(key, { headers }));
          const body = stream as IncomingMessage;
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

  async #missing(bucket: string, key: string): Promise<StorageError> {
    return (await this.headBucket(bucket)) ? new NoSuchKeyError(bucket, key) : new NoSuchBucketError(bucket);
  }

  async #run<T>(
    bucket: string,
    key: string | undefined,
    signal: AbortSignal | undefined,
    work: (wire: OssWire) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    this.#opening ??= OssWire.open(this.#options).catch((error: unknown) => {
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
  wire: OssWire,
  bucket: string,
  key: string,
): Promise<(Written & { readonly writeId: string | undefined }) | undefined> {
  try {
    const { res } = await wire.run(bucket, undefined, (client) => client.head(key));
    const headers = headersOf(res);
    return { etag: plainEtag(headers.etag), size: sizesOf(headers).size, writeId: writeIdOf(headers) };
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}
