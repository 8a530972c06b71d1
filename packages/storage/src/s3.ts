/**
 * The `s3` driver, on the AWS SDK: AWS S3, and what speaks its protocol, by `endpoint` (also `ibm-cos` and `ceph`).
 *
 * - All capabilities. Conditional writes are the service's own, for large bodies too: the condition is checked when
 *   the parts become an object. One whose answer was lost is recognised when it is sent again (see `network/conditional.ts`).
 * - Etags name the content: equal bytes that are written again may have the etag that they had.
 * - Bodies up to `partSize` are one request with a checksum; larger ones are sent in parts, `concurrency` at a time.
 *   Objects larger than a part are read by ranges of one version (or by one request that is quick); one that is replaced meanwhile is an error `changed`.
 * - Keys are what the service takes: AWS takes any, servers that keep objects as files refuse some.
 */
import type { Readable } from 'node:stream';
import type {
  BucketLocationConstraint,
  HeadObjectCommandOutput,
  ListObjectsV2CommandOutput,
} from '@aws-sdk/client-s3';
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
import { changedError, NoSuchBucketError, NoSuchKeyError, StorageError } from './errors.ts';
import { isConditional, WRITE_ID } from './network/conditional.ts';
import { toHeaders } from './network/header-metadata.ts';
import { DEFAULTS, type Opening } from './network/kind.ts';
import { type ObjectSource, readObject } from './network/read.ts';
import { loadSdk } from './network/sdk.ts';
import { fromSource } from './network/source.ts';
import { reachOf } from './network/target.ts';
import { resolveRange } from './range.ts';
import { endedBy, openS3, type S3 } from './s3/client.ts';
import { conditionalWrite, plainEtag, quotedEtag } from './s3/conditional.ts';
import { deleteKeys } from './s3/delete.ts';
import { infoOf } from './s3/describe.ts';
import { errorName, type S3Place, s3Error, statusOf } from './s3/errors.ts';
import { entriesOf } from './s3/list.ts';
import { LEAST_PART, type S3Options, s3Kind } from './s3/options.ts';
import { writeObject } from './s3/write.ts';

export type { S3Options } from './s3/options.ts';

const CAPABILITIES: ReadonlySet<StorageCapability> = new Set<StorageCapability>([
  'if-none-match',
  'if-match',
  'metadata',
  'ordered-list',
  'presigned-url',
]);

/** A store that speaks S3. Nothing is loaded or connected before the first operation. */
export function s3Driver(options: S3Options | Opening<S3Options>): StorageDriver {
  const portable = 'portable' in options ? options.portable : undefined;
  return new S3Driver(options, portable);
}

/** What there is of a key, as far as a conditional write asks. */
interface Version {
  readonly etag: string;
  readonly size: number;
  readonly writeId: string | undefined;
}

class S3Driver implements StorageDriver {
  readonly kind: string;
  readonly reach: StorageDriver['reach'];
  readonly capabilities: ReadonlySet<StorageCapability> = CAPABILITIES;
  readonly config: StorageDriver['config'];
  readonly #options: S3Options;
  readonly #address: string;
  readonly #partSize: number;
  readonly #concurrency: number;
  #opening: Promise<S3> | undefined;

  constructor(options: S3Options, portable: StorageDriver['config']) {
    this.#options = options;
    this.#address = s3Kind.address(options);
    this.kind = typeof portable?.['kind'] === 'string' ? portable['kind'] : 's3';
    this.reach = reachOf(this.#address);
    this.config = portable;
    this.#partSize = Math.max(LEAST_PART, options.partSize ?? DEFAULTS.partSize);
    this.#concurrency = options.concurrency ?? DEFAULTS.concurrency;
  }

  put(
    bucket: string,
    key: string,
    body: Body,
    options: DriverPut,
  ): Promise<{ readonly etag: string; readonly size: number }> {
    return fromSource(body, async (source) => {
      let size = 0;
      const write = (metadata: Metadata | undefined): Promise<string> =>
        this.#write(bucket, key, options.signal, async (s3) => {
          const target = {
            ...{ bucket, key, contentType: options.contentType, conditions: options, signal: options.signal },
            ...{ partSize: this.#partSize, concurrency: this.#concurrency },
            metadata: metadata && toHeaders(metadata),
          };
          const written = await writeObject(s3, target, source);
          size = written.size;
          return written.etag;
        });
      if (!isConditional(options)) return { etag: await write(options.metadata), size };
      const find = async (): Promise<Version | undefined> => {
        const version = await this.#found(bucket, key);
        size = version?.size ?? size;
        return version;
      };
      return { etag: await conditionalWrite({ bucket, key }, options, write, find), size };
    });
  }

  async get(bucket: string, key: string, options: DriverGet): Promise<DriverObject> {
    try {
      return await readObject(this.#source(bucket, key), options);
    } catch (error) {
      if (statusOf(error) !== 416) throw error;
      // Says the size, which the service did not.
      const { size } = await this.head(bucket, key, options);
      resolveRange(options.range, size, bucket, key);
      throw error;
    }
  }

  #source(bucket: string, key: string): ObjectSource {
    const { attempts = DEFAULTS.attempts } = this.#options;
    return {
      ...{ bucket, key, partSize: this.#partSize, concurrency: this.#concurrency, attempts },
      // AWS does not; MinIO does, and may be what is at another endpoint.
      locks: this.#options.endpoint !== undefined,
      ask: async ({ range, ifMatch, signal }) => {
        const wanted = {
          ...{ Bucket: bucket, Key: key },
          ...(range !== undefined && { Range: range }),
          ...(ifMatch !== undefined && { IfMatch: quotedEtag(ifMatch) }),
        };
        try {
          const answer = await this.#run(bucket, key, signal, ({ sdk, client }) =>
            client.send(new sdk.GetObjectCommand(wanted), endedBy(signal)),
          );
          return {
            info: infoOf(key, answer),
            length: answer.ContentLength ?? 0,
            body: answer.Body as Readable,
          };
        } catch (error) {
          throw ifMatch !== undefined && statusOf(error) === 412 ? changedError(bucket, key, error) : error;
        }
      },
      failure: (cause, signal) => s3Error(cause, this.#place(bucket, key), signal),
    };
  }

  async head(
    bucket: string,
    key: string,
    { signal }: { readonly signal?: AbortSignal | undefined },
  ): Promise<ObjectInfo> {
    return infoOf(key, await this.#head(bucket, key, signal));
  }

  async delete(
    bucket: string,
    keys: readonly string[],
    { signal }: { readonly signal?: AbortSignal | undefined },
  ): Promise<void> {
    await this.#run(bucket, undefined, signal, (s3) => deleteKeys(s3, bucket, keys, signal));
  }

  async *list(
    bucket: string,
    { prefix, delimiter, startAfter, signal }: DriverList,
  ): AsyncGenerator<readonly ListEntry[]> {
    const ask = (token: string | undefined): Promise<ListObjectsV2CommandOutput> =>
      this.#run(bucket, undefined, signal, ({ sdk, client }) =>
        client.send(
          new sdk.ListObjectsV2Command({
            Bucket: bucket,
            Prefix: prefix,
            EncodingType: 'url', // XML cannot hold every character
            ...(delimiter !== undefined && { Delimiter: delimiter }),
            ...(token !== undefined
              ? { ContinuationToken: token }
              : startAfter !== undefined && { StartAfter: startAfter }),
          }),
          endedBy(signal),
        ),
      );
    try {
      for (let token: string | undefined, more = true; more; ) {
        const page = await ask(token);
        yield entriesOf(page);
        token = page.NextContinuationToken;
        more = page.IsTruncated === true && token !== undefined;
      }
    } catch (error) {
      // A server that refuses such a prefix has no such keys.
      if (errorName(error) !== 'XMinioInvalidResourceName') throw error;
    }
  }

  async createBucket(bucket: string): Promise<void> {
    if (await this.headBucket(bucket)) return;
    try {
      await this.#run(bucket, undefined, undefined, async ({ sdk, client }) => {
        const region = await client.config.region();
        await client.send(
          new sdk.CreateBucketCommand({
            Bucket: bucket,
            // The first region is said by saying none.
            ...(this.#options.endpoint === undefined &&
              region !== 'us-east-1' && {
                CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint },
              }),
          }),
        );
      });
    } catch (error) {
      // Made by another at the same moment.
      if (errorName(error) !== 'BucketAlreadyOwnedByYou') throw error;
    }
  }

  async headBucket(bucket: string): Promise<boolean> {
    try {
      await this.#run(bucket, undefined, undefined, ({ sdk, client }) =>
        client.send(new sdk.HeadBucketCommand({ Bucket: bucket })),
      );
      return true;
    } catch (error) {
      if (error instanceof NoSuchBucketError || statusOf(error) === 404) return false;
      throw error;
    }
  }

  async deleteBucket(bucket: string): Promise<void> {
    await this.#run(bucket, undefined, undefined, ({ sdk, client }) =>
      client.send(new sdk.DeleteBucketCommand({ Bucket: bucket })),
    );
  }

  async presign(bucket: string, key: string, { method, expiresInMs }: DriverPresign): Promise<string> {
    const { getSignedUrl } = await loadSdk<typeof import('@aws-sdk/s3-request-presigner')>(
      this.kind,
      '@aws-sdk/s3-request-presigner',
    );
    return this.#run(bucket, key, undefined, ({ sdk, client }) => {
      const place = { Bucket: bucket, Key: key };
      const expires = { expiresIn: Math.floor(expiresInMs / 1000) };
      return method === 'GET'
        ? getSignedUrl(client, new sdk.GetObjectCommand(place), expires)
        : getSignedUrl(client, new sdk.PutObjectCommand(place), expires);
    });
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    const s3 = await opening?.catch(() => undefined);
    s3?.client.destroy();
  }

  /**
   * A service that refuses a body before it has read it may close the connection, and its answer is lost with that: the one
   * refusal that callers mend, by making the bucket, is asked for again.
   */
  async #write<T>(
    bucket: string,
    key: string,
    signal: AbortSignal | undefined,
    work: (s3: S3) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.#run(bucket, key, signal, work);
    } catch (error) {
      const unanswered =
        error instanceof StorageError && error.code === 'io' && statusOf(error) === undefined;
      if (unanswered && !(await this.headBucket(bucket).catch(() => true)))
        throw new NoSuchBucketError(bucket, { cause: error });
      throw error;
    }
  }

  /** The whole answer. A missing object and a missing bucket look alike in an answer without a body. */
  async #head(
    bucket: string,
    key: string,
    signal: AbortSignal | undefined,
  ): Promise<HeadObjectCommandOutput> {
    try {
      return await this.#run(bucket, key, signal, ({ sdk, client }) =>
        client.send(new sdk.HeadObjectCommand({ Bucket: bucket, Key: key }), endedBy(signal)),
      );
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
      throw (await this.headBucket(bucket))
        ? new NoSuchKeyError(bucket, key, { cause: error })
        : new NoSuchBucketError(bucket, { cause: error });
    }
  }

  async #found(bucket: string, key: string): Promise<Version | undefined> {
    try {
      const head = await this.#head(bucket, key, undefined);
      const { ContentLength: size = 0, ETag: etag, Metadata: metadata } = head;
      return { etag: plainEtag(etag), size, writeId: metadata?.[WRITE_ID] };
    } catch (error) {
      if (error instanceof NoSuchKeyError) return undefined;
      throw error;
    }
  }

  async #run<T>(
    bucket: string,
    key: string | undefined,
    signal: AbortSignal | undefined,
    work: (s3: S3) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    this.#opening ??= openS3(this.kind, this.#options);
    try {
      return await work(await this.#opening);
    } catch (error) {
      throw s3Error(error, this.#place(bucket, key), signal);
    }
  }

  #place(bucket: string, key: string | undefined): S3Place {
    return { kind: this.kind, address: this.#address, bucket, key };
  }
}
