/**
 * The `gcs` driver: Google Cloud Storage, by its JSON and XML APIs, with the credentials of Google's own library.
 *
 * - All capabilities but presigned URLs. Etags are generations, of which each write has another; conditions are the service's own, for large
 *   bodies too. A conditional write whose answer was lost is recognised when it is sent again (`network/conditional.ts`).
 * - Bodies up to `partSize` are one request, larger ones a resumable upload, its chunks in order (`gcs/write.ts` says why);
 *   objects larger than a part are read by ranges of one generation, `concurrency` at a time. One that is replaced
 *   meanwhile is an error `changed`, unless the bucket keeps versions.
 * - Every upload is verified by MD5, every download of a whole object by MD5, or by CRC-32C where it was composed.
 * - Any key will do, but for those that begin with '.well-known/acme-challenge/', which the service refuses
 *   (`bad-argument`): `gcs/names.ts` says how those are written that the service would not take as they are.
 */
import type {
  Body,
  DriverGet,
  DriverList,
  DriverObject,
  DriverPut,
  ListEntry,
  Metadata,
  ObjectInfo,
  StorageCapability,
  StorageDriver,
} from './driver.ts';
import { NoSuchBucketError, NoSuchKeyError, PreconditionFailedError, quote, StorageError } from './errors.ts';
import { GcsRefusal, gcsError } from './gcs/errors.ts';
import { nameOfKey, nameOfPrefix } from './gcs/names.ts';
import { type GcsOptions, gcsKind } from './gcs/options.ts';
import { answerOf } from './gcs/read.ts';
import {
  entriesOf,
  type GcsListing,
  type GcsResource,
  INFO_FIELDS,
  infoOf,
  LIST_FIELDS,
} from './gcs/resource.ts';
import { bucketPath, downloadPath, GcsService, objectPath } from './gcs/service.ts';
import { CHUNK_UNIT, type Written, writeObject } from './gcs/write.ts';
import { PAGE } from './listing.ts';
import { compareKeys } from './names.ts';
import { forEachAtOnce } from './network/at-once.ts';
import { isConditional, WRITE_ID, writeIf } from './network/conditional.ts';
import { DEFAULTS, type Opening } from './network/kind.ts';
import { type ObjectSource, readObject } from './network/read.ts';
import { reachOf } from './network/target.ts';
import { resolveRange } from './range.ts';

export type { GcsOptions } from './gcs/options.ts';

const CAPABILITIES: ReadonlySet<StorageCapability> = new Set<StorageCapability>([
  'if-none-match',
  'if-match',
  'metadata',
  'ordered-list',
]);

/** One request deletes one object. */
const DELETES_AT_ONCE = 32;

type Found =
  | { readonly etag: string; readonly size: number; readonly writeId: string | undefined }
  | undefined;
type Waiting = { readonly signal?: AbortSignal | undefined };

/** Objects in Google Cloud Storage. Nothing is loaded or connected before the first operation. */
export function gcsDriver(options: GcsOptions | Opening<GcsOptions>): StorageDriver {
  gcsKind.check?.(options);
  return new GcsDriver(options, 'portable' in options ? options.portable : undefined);
}

class GcsDriver implements StorageDriver {
  readonly kind = 'gcs';
  readonly reach: StorageDriver['reach'];
  readonly capabilities: ReadonlySet<StorageCapability> = CAPABILITIES;
  readonly config: StorageDriver['config'];
  readonly #options: GcsOptions;
  readonly #address: string;
  readonly #partSize: number;
  readonly #concurrency: number;
  #opening: Promise<GcsService> | undefined;

  constructor(options: GcsOptions, portable: StorageDriver['config']) {
    this.#options = options;
    this.#address = gcsKind.address(options);
    this.reach = reachOf(this.#address);
    this.config = portable;
    const { partSize = DEFAULTS.partSize, concurrency = DEFAULTS.concurrency } = options;
    this.#partSize = Math.max(1, Math.floor(partSize / CHUNK_UNIT)) * CHUNK_UNIT;
    this.#concurrency = concurrency;
  }

  put(bucket: string, key: string, body: Body, options: DriverPut): Promise<Written> {
    const { signal, contentType } = options;
    return this.#run({ bucket, key, signal }, async (service) => {
      const ifGenerationMatch = generationOf(options);
      // No generation looks like this.
      if (ifGenerationMatch === NEVER)
        throw new PreconditionFailedError(bucket, key, options, (await this.#found(bucket, key))?.etag);
      let size = 0;
      const write = async (metadata: Metadata | undefined): Promise<string> => {
        const target = { bucket, name: nameOfKey(key), contentType, metadata, ifGenerationMatch };
        const written = await writeObject(service, { ...target, partSize: this.#partSize, signal }, body);
        size = written.size;
        return written.etag;
      };
      const find = async (): Promise<Found> => {
        const found = await this.#found(bucket, key);
        if (found) size = found.size;
        return found;
      };
      const etag = isConditional(options)
        ? await writeIf({ bucket, key, options, write, find, isRefusal })
        : await write(options.metadata);
      return { etag, size };
    });
  }

  async get(bucket: string, key: string, options: DriverGet): Promise<DriverObject> {
    try {
      return await readObject(this.#source(bucket, key), options);
    } catch (error) {
      // Says the size, which the service does not.
      if (statusOf(error) === 416)
        resolveRange(options.range, (await this.head(bucket, key, options)).size, bucket, key);
      throw error;
    }
  }

  async head(bucket: string, key: string, { signal }: Waiting): Promise<ObjectInfo> {
    return infoOf(key, await this.#resource(bucket, key, signal));
  }

  async delete(bucket: string, keys: readonly string[], { signal }: Waiting): Promise<void> {
    let missed = false;
    await forEachAtOnce(keys, DELETES_AT_ONCE, signal, (key, both) =>
      this.#run({ bucket, key, signal: both }, (service) =>
        service
          .call<void>({ method: 'DELETE', to: objectPath(bucket, nameOfKey(key)), signal: both })
          .catch((error) => {
            if (!(error instanceof GcsRefusal && error.statusCode === 404)) throw error;
            missed ||= !NO_OBJECT.test(error.message);
          }),
      ),
    );
    if (missed && !(await this.#hasBucket(bucket, signal))) throw new NoSuchBucketError(bucket);
  }

  async *list(
    bucket: string,
    { prefix, delimiter, startAfter = '', signal }: DriverList,
  ): AsyncGenerator<readonly ListEntry[]> {
    for (let pageToken: string | undefined, more = true; more; more = pageToken !== undefined) {
      const query = {
        prefix: nameOfPrefix(prefix),
        delimiter: delimiter && nameOfPrefix(delimiter),
        ...(startAfter !== '' && { startOffset: nameOfKey(startAfter) }), // itself as well
        ...{ pageToken, maxResults: String(PAGE), fields: LIST_FIELDS },
      };
      const page = await this.#run({ bucket, signal }, (service) =>
        service.call<GcsListing>({ method: 'GET', to: `${bucketPath(bucket)}/o`, query, signal }),
      );
      yield entriesOf(page).filter(
        (entry) =>
          entry.kind === 'prefix' || (entry.key.startsWith(prefix) && compareKeys(entry.key, startAfter) > 0),
      );
      pageToken = page.nextPageToken;
    }
  }

  async createBucket(bucket: string): Promise<void> {
    if (await this.headBucket(bucket)) return;
    const { location } = this.#options;
    const body = [Buffer.from(JSON.stringify({ name: bucket, location }))];
    try {
      await this.#run({ bucket }, async (service) => {
        const query = { project: await service.project(), fields: 'name' };
        const headers = { 'content-type': 'application/json' };
        await service.call<unknown>({ method: 'POST', to: '/storage/v1/b', query, headers, body });
      });
    } catch (error) {
      // Made by another at the same moment, or by an attempt whose answer was lost.
      if (statusOf(error) === 409 && (await this.headBucket(bucket))) return;
      throw error;
    }
  }

  headBucket(bucket: string): Promise<boolean> {
    return this.#hasBucket(bucket, undefined);
  }

  deleteBucket(bucket: string): Promise<void> {
    return this.#run({ bucket }, async (service) => {
      try {
        await service.call<void>({ method: 'DELETE', to: bucketPath(bucket) });
      } catch (error) {
        if (!(error instanceof GcsRefusal && (error.statusCode === 409 || error.statusCode === 412)))
          throw error;
        const message = `bucket ${quote(bucket)} was not deleted: it holds objects`;
        throw new StorageError('busy', message, { bucket, cause: error });
      }
    });
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    (await opening?.catch(() => undefined))?.close();
  }

  /** By the XML API, because downloads by the JSON API do not tell metadata. */
  #source(bucket: string, key: string): ObjectSource {
    const { attempts = DEFAULTS.attempts } = this.#options;
    return {
      ...{ bucket, key, attempts, partSize: this.#partSize, concurrency: this.#concurrency },
      ask: ({ range, ifMatch, signal }) =>
        this.#run({ bucket, key, signal }, async (service) => {
          const answer = await service.ask({
            ...{ method: 'GET', to: downloadPath(bucket, nameOfKey(key)), signal },
            query: { generation: ifMatch },
            // As it is stored: the service would unpack what is stored packed, and then knows no ranges of it.
            headers: { 'accept-encoding': 'gzip', ...(range !== undefined && { range }) },
          });
          return answerOf(answer, bucket, key);
        }),
      failure: (cause, signal) =>
        gcsError(cause, { address: this.#address, credentials: '', bucket, key }, signal),
    };
  }

  #resource(bucket: string, key: string, signal: AbortSignal | undefined): Promise<GcsResource> {
    const to = objectPath(bucket, nameOfKey(key));
    return this.#run({ bucket, key, signal }, (service) =>
      service.call<GcsResource>({ method: 'GET', to, query: { fields: INFO_FIELDS }, signal }),
    );
  }

  async #found(bucket: string, key: string): Promise<Found> {
    try {
      const { generation, size, metadata } = await this.#resource(bucket, key, undefined);
      return { etag: generation, size: Number(size), writeId: metadata?.[WRITE_ID] };
    } catch (error) {
      if (error instanceof NoSuchKeyError) return undefined;
      throw error;
    }
  }

  /** By a listing: who may use objects often may not look at their bucket. */
  async #hasBucket(bucket: string, signal: AbortSignal | undefined): Promise<boolean> {
    const query = { maxResults: '1', fields: 'kind' };
    try {
      await this.#run({ bucket, signal }, (service) =>
        service.call<unknown>({ method: 'GET', to: `${bucketPath(bucket)}/o`, query, signal }),
      );
      return true;
    } catch (error) {
      if (error instanceof NoSuchBucketError) return false;
      throw error;
    }
  }

  async #run<T>(
    { bucket, key, signal }: { readonly bucket: string; readonly key?: string | undefined } & Waiting,
    work: (service: GcsService) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    this.#opening ??= GcsService.open(this.#options);
    let credentials = '';
    try {
      const service = await this.#opening;
      credentials = service.credentials;
      return await work(service);
    } catch (error) {
      if (error instanceof GcsRefusal && error.statusCode === 404 && !signal?.aborted)
        throw await this.#missing(error, bucket, key, signal);
      throw gcsError(error, { address: this.#address, credentials, bucket, key }, signal);
    }
  }

  async #missing(
    cause: GcsRefusal,
    bucket: string,
    key: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<StorageError> {
    if (key === undefined || NO_BUCKET.test(cause.message)) return new NoSuchBucketError(bucket, { cause });
    const isKey = NO_OBJECT.test(cause.message) || (await this.#hasBucket(bucket, signal));
    return isKey ? new NoSuchKeyError(bucket, key, { cause }) : new NoSuchBucketError(bucket, { cause });
  }
}

/** What the service says where the status alone does not: the first word is of the JSON API, the second of the XML API. */
const NO_OBJECT = /no such object|NoSuchKey/i;
const NO_BUCKET = /bucket does not exist|NoSuchBucket/i;

const NEVER = 'never';

/** The generation that must be there; '0' stands for no object, which an etag may not say. */
function generationOf({ ifNoneMatch, ifMatch }: DriverPut): string | undefined {
  if (ifNoneMatch !== undefined) return '0';
  return ifMatch === undefined || /^[1-9]\d{0,18}$/.test(ifMatch) ? ifMatch : NEVER;
}

function isRefusal(error: unknown): boolean {
  return error instanceof GcsRefusal && error.statusCode === 412;
}

/** Of the service's answer that made this error. */
function statusOf(error: unknown): number | undefined {
  const { cause } = error as { cause?: unknown };
  return cause instanceof GcsRefusal ? cause.statusCode : undefined;
}
