/**
 * The `azure` driver: Azure Blob Storage, on Microsoft's SDK. Buckets are containers.
 *
 * - Conditional writes are the service's own, for large bodies too: the condition is checked when the blocks become a blob.
 *   One whose answer was lost is recognised when it is sent again (`network/conditional.ts`).
 * - Not `ordered-list`: the service says nothing of the order of keys outside of the Basic Multilingual Plane, and cannot
 *   begin after a key. It most often lists in the order of keys.
 * - Bodies up to `partSize` are one request, larger ones blocks, `concurrency` at a time. Of two that write one key in blocks
 *   at once, the later may fail with `busy`, because committing blocks removes those of others: it writes again.
 * - Blobs larger than a part are read by ranges of one version (or by one request that is quick); one that is replaced meanwhile is an error `changed`.
 * - Every block and every upload is verified by MD5, and so is every download of a whole blob that has one, as ours have.
 * - Any key will do that has no more than 253 slashes and, where it holds characters that have to be marked, not more than
 *   1,024 characters with the marks (`azure/names.ts`): others the service refuses (`bad-argument`). Names of metadata are
 *   written as identifiers (`azure/metadata.ts`).
 * - The service deletes containers with all that is in them. `deleteBucket` looks first; what is written between the look and the
 *   deletion is lost. For about 30 seconds after a deletion a bucket of that name cannot be made (`busy`).
 */

import type { BlobGetPropertiesResponse } from '@azure/storage-blob';
import { AzureRefusal, azureError, isRefusal } from './azure/errors.ts';
import { foldByDots, listPage } from './azure/list.ts';
import { fromBlobMetadata } from './azure/metadata.ts';
import { type AzureOptions, azureKind } from './azure/options.ts';
import { answerOf, infoOf } from './azure/read.ts';
import { AzureService } from './azure/service.ts';
import { endedBy, plainEtag, quotedEtag, type Written, writeBlob } from './azure/write.ts';
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
import { changedError, NoSuchKeyError, quote, StorageError } from './errors.ts';
import { forEachAtOnce } from './network/at-once.ts';
import { isConditional, WRITE_ID, writeIf } from './network/conditional.ts';
import { DEFAULTS, type Opening } from './network/kind.ts';
import { type ObjectSource, readObject } from './network/read.ts';
import { reachOf } from './network/target.ts';
import { resolveRange } from './range.ts';

export { type AzureConnection, parseConnectionString } from './azure/connection-string.ts';
export type { AzureOptions } from './azure/options.ts';

const CAPABILITIES: ReadonlySet<StorageCapability> = new Set<StorageCapability>([
  'if-none-match',
  'if-match',
  'metadata',
]);

const DELETES_AT_ONCE = 32;

type Found =
  | { readonly etag: string; readonly size: number; readonly writeId: string | undefined }
  | undefined;
type Waiting = { readonly signal?: AbortSignal | undefined };

/** Objects in Azure Blob Storage. Nothing is loaded or connected before the first operation. */
export function azureDriver(options: AzureOptions | Opening<AzureOptions>): StorageDriver {
  azureKind.check?.(options);
  return new AzureDriver(options, 'portable' in options ? options.portable : undefined);
}

class AzureDriver implements StorageDriver {
  readonly kind = 'azure';
  readonly reach: StorageDriver['reach'];
  readonly capabilities: ReadonlySet<StorageCapability> = CAPABILITIES;
  readonly config: StorageDriver['config'];
  readonly #options: AzureOptions;
  readonly #address: string;
  readonly #parts: { readonly partSize: number; readonly concurrency: number };
  #opening: Promise<AzureService> | undefined;

  constructor(options: AzureOptions, portable: StorageDriver['config']) {
    this.#options = options;
    this.#address = azureKind.address(options);
    this.reach = reachOf(this.#address);
    this.config = portable;
    const { partSize = DEFAULTS.partSize, concurrency = DEFAULTS.concurrency } = options;
    this.#parts = { partSize, concurrency };
  }

  put(bucket: string, key: string, body: Body, options: DriverPut): Promise<Written> {
    const { signal, contentType, ifNoneMatch, ifMatch } = options;
    return this.#run({ bucket, key, signal }, async (service) => {
      const conditions = {
        ...(ifNoneMatch !== undefined && { ifNoneMatch }),
        ...(ifMatch !== undefined && { ifMatch: quotedEtag(ifMatch) }),
      };
      let size = 0;
      const write = async (metadata: Metadata | undefined): Promise<string> => {
        const target = { bucket, key, contentType, metadata, conditions, signal, ...this.#parts };
        const written = await writeBlob(service, target, body);
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
    const attempts = this.#options.attempts ?? DEFAULTS.attempts;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#get(bucket, key, options, attempts);
      } catch (error) {
        const isSuffix = options.range !== undefined && 'suffix' in options.range;
        if (isSuffix && error instanceof StorageError && error.code === 'changed' && attempt < attempts)
          continue;
        // Says the size, which the service does not.
        if (error instanceof StorageError && isOutside(error.cause))
          resolveRange(options.range, (await this.head(bucket, key, options)).size, bucket, key);
        throw error;
      }
    }
  }

  head(bucket: string, key: string, { signal }: Waiting): Promise<ObjectInfo> {
    return this.#run({ bucket, key, signal }, async (service) =>
      infoOf(key, await service.call(() => service.blob(bucket, key).getProperties(endedBy(signal)), signal)),
    );
  }

  async delete(bucket: string, keys: readonly string[], { signal }: Waiting): Promise<void> {
    await forEachAtOnce(keys, DELETES_AT_ONCE, signal, async (key, both) => {
      try {
        await this.#run({ bucket, key, signal: both }, (service) =>
          service.call(
            () => service.blob(bucket, key).delete({ deleteSnapshots: 'include', ...endedBy(both) }),
            both,
          ),
        );
      } catch (error) {
        if (!(error instanceof NoSuchKeyError)) throw error;
      }
    });
  }

  async *list(bucket: string, options: DriverList): AsyncGenerator<readonly ListEntry[]> {
    const { prefix, delimiter, signal } = options;
    if (delimiter?.includes('.')) {
      yield* foldByDots(this.list(bucket, { prefix, signal }), prefix, delimiter);
      return;
    }
    for (let token: string | undefined, more = true; more; more = token !== undefined) {
      const page = await this.#run({ bucket, signal }, (service) =>
        service.call(() => listPage(service.container(bucket), options, token), signal),
      );
      yield page.entries;
      token = page.next;
    }
  }

  async createBucket(bucket: string): Promise<void> {
    await this.#run({ bucket }, async (service) => {
      await service.call(() => service.container(bucket).createIfNotExists(), undefined);
    });
  }

  headBucket(bucket: string): Promise<boolean> {
    return this.#run({ bucket }, (service) =>
      service.call(() => service.container(bucket).exists(), undefined),
    );
  }

  async deleteBucket(bucket: string): Promise<void> {
    for await (const page of this.list(bucket, { prefix: '' })) {
      if (page.length > 0)
        throw new StorageError('busy', `bucket ${quote(bucket)} was not deleted: it holds objects`, {
          bucket,
        });
    }
    await this.#run({ bucket }, async (service) => {
      await service.call(() => service.container(bucket).delete(), undefined);
    });
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    (await opening?.catch(() => undefined))?.close();
  }

  async #get(bucket: string, key: string, options: DriverGet, attempts: number): Promise<DriverObject> {
    const { range } = options;
    if (range === undefined || !('suffix' in range))
      return readObject(this.#source(bucket, key, attempts, undefined), options);
    // Azure knows no ranges that count from the end.
    const info = await this.head(bucket, key, options);
    const { start, length } = resolveRange(range, info.size, bucket, key);
    const resolved = { ...options, range: { start, end: start + length - 1 } };
    return readObject(this.#source(bucket, key, attempts, info.etag), resolved);
  }

  /** @param etag where one is known that is wanted, and no other */
  #source(bucket: string, key: string, attempts: number, etag: string | undefined): ObjectSource {
    return {
      ...{ bucket, key, attempts, ...this.#parts },
      ask: ({ range, ifMatch = etag, signal }) =>
        this.#run({ bucket, key, signal }, async (service) => {
          const [start, length] = offsetsOf(range);
          const conditions = ifMatch === undefined ? {} : { ifMatch: quotedEtag(ifMatch) };
          const settings = { conditions, maxRetryRequests: 0, ...endedBy(signal) };
          try {
            const answer = await service.ask(() =>
              service.blob(bucket, key).download(start, length, settings),
            );
            return answerOf(answer, bucket, key);
          } catch (error) {
            throw isRefusal(error) ? changedError(bucket, key, error) : error;
          }
        }),
      failure: (cause, signal) =>
        azureError(cause, { address: this.#address, credentials: '', bucket, key }, signal),
    };
  }

  async #found(bucket: string, key: string): Promise<Found> {
    try {
      return await this.#run({ bucket, key }, async (service) => {
        const ask = (): Promise<BlobGetPropertiesResponse> => service.blob(bucket, key).getProperties();
        const { etag, contentLength = 0, metadata = {} } = await service.call(ask, undefined);
        return { etag: plainEtag(etag), size: contentLength, writeId: fromBlobMetadata(metadata)[WRITE_ID] };
      });
    } catch (error) {
      if (error instanceof NoSuchKeyError) return undefined;
      throw error;
    }
  }

  async #run<T>(
    { bucket, key, signal }: { readonly bucket: string; readonly key?: string | undefined } & Waiting,
    work: (service: AzureService) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    this.#opening ??= AzureService.open(this.#options);
    let credentials = '';
    try {
      const service = await this.#opening;
      credentials = service.credentials;
      return await work(service);
    } catch (error) {
      throw azureError(error, { address: this.#address, credentials, bucket, key }, signal);
    }
  }
}

/** Of a header `Range` that counts from the beginning. */
function offsetsOf(range: string | undefined): [start: number | undefined, length: number | undefined] {
  const [, start, end] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
  if (start === undefined) return [undefined, undefined];
  return [Number(start), end ? Number(end) - Number(start) + 1 : undefined];
}

function isOutside(error: unknown): boolean {
  return error instanceof AzureRefusal && error.statusCode === 416;
}
