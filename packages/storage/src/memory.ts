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
import { foldPages, PAGE } from './listing.ts';
import { compareKeys } from './names.ts';
import { processState } from './process-state.ts';
import { resolveRange } from './range.ts';

/** Options of the `memory` driver. */
export interface MemoryOptions {
  /** Stores of one name are one store within the process. @default 'default' */
  readonly name?: string | undefined;
}

interface StoredObject {
  readonly bytes: Uint8Array;
  readonly etag: string;
  readonly lastModified: Date;
  readonly contentType: string | undefined;
  readonly metadata: Metadata;
}

interface Bucket {
  readonly objects: Map<string, StoredObject>;
  /** Keys in order; undefined after a key came or went, made again by the next listing. */
  order: readonly string[] | undefined;
}

interface Store {
  readonly buckets: Map<string, Bucket>;
  writes: number;
}

const CAPABILITIES: ReadonlySet<StorageCapability> = new Set<StorageCapability>([
  'if-none-match',
  'if-match',
  'metadata',
  'ordered-list',
]);

const NO_METADATA: Metadata = Object.freeze({});

/** A store in this process's heap, for tests and for what need not outlive the process. */
export function memoryDriver(options: MemoryOptions = {}): StorageDriver {
  const { name = 'default' } = options;
  const state = processState();
  const store = (state.stores.get(name) ?? { buckets: new Map(), writes: 0 }) as Store;
  state.stores.set(name, store);

  const bucketOf = (bucket: string): Bucket => {
    const found = store.buckets.get(bucket);
    if (!found) throw new NoSuchBucketError(bucket);
    return found;
  };
  const objectOf = (bucket: string, key: string): StoredObject => {
    const found = bucketOf(bucket).objects.get(key);
    if (!found) throw new NoSuchKeyError(bucket, key);
    return found;
  };

  return {
    kind: 'memory',
    reach: 'process',
    capabilities: CAPABILITIES,
    config: { kind: 'memory', name, origin: state.origin },

    async put(bucket: string, key: string, body: Body, options: DriverPut) {
      bucketOf(bucket);
      const bytes = await collect(body);
      options.signal?.throwIfAborted();
      // No await from here on: the check and the write are one step.
      const target = bucketOf(bucket);
      const found = target.objects.get(key);
      if (options.ifNoneMatch && found) throw new PreconditionFailedError(bucket, key, options, found.etag);
      if (options.ifMatch !== undefined && found?.etag !== options.ifMatch) {
        throw new PreconditionFailedError(bucket, key, options, found?.etag);
      }
      const etag = (++store.writes).toString(36);
      const { contentType } = options;
      const metadata = options.metadata ? { ...options.metadata } : NO_METADATA;
      target.objects.set(key, { bytes, etag, lastModified: new Date(), contentType, metadata });
      if (!found) target.order = undefined;
      return { etag, size: bytes.byteLength };
    },

    async get(bucket: string, key: string, { range }: DriverGet): Promise<DriverObject> {
      const object = objectOf(bucket, key);
      const { start, length } = resolveRange(range, object.bytes.byteLength, bucket, key);
      // A copy: what the caller does to it must not reach the store.
      const body = Buffer.allocUnsafeSlow(length);
      body.set(object.bytes.subarray(start, start + length));
      return { info: describe(key, object), body };
    },

    async head(bucket: string, key: string) {
      return describe(key, objectOf(bucket, key));
    },

    async delete(bucket: string, keys: readonly string[]) {
      const target = bucketOf(bucket);
      for (const key of keys) if (target.objects.delete(key)) target.order = undefined;
    },

    list: (bucket: string, options: DriverList) => {
      const pages = foldPages(
        list(() => bucketOf(bucket), options),
        options.prefix,
        options.delimiter,
      );
      return pages;
    },

    async createBucket(bucket: string) {
      if (!store.buckets.has(bucket)) store.buckets.set(bucket, { objects: new Map(), order: [] });
    },

    async headBucket(bucket: string) {
      return store.buckets.has(bucket);
    },

    async deleteBucket(bucket: string) {
      const { size } = bucketOf(bucket).objects;
      if (size > 0) {
        throw new StorageError('busy', `bucket ${quote(bucket)} was not deleted: it holds ${size} objects`, {
          bucket,
        });
      }
      store.buckets.delete(bucket);
    },
  };
}

async function collect(body: Body): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  if (body.kind === 'bytes') parts.push(...body.parts);
  // A producer may use its buffer again for the next chunk.
  else for await (const chunk of body.chunks) parts.push(Uint8Array.from(chunk));
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.byteLength;
  }
  return bytes;
}

function describe(key: string, object: StoredObject): ObjectInfo {
  const { bytes, etag, lastModified, contentType, metadata } = object;
  return { key, size: bytes.byteLength, etag, lastModified: new Date(lastModified), contentType, metadata };
}

/** Over the keys as they were when the listing began; those deleted meanwhile are left out. */
async function* list(open: () => Bucket, options: DriverList): AsyncGenerator<ListEntry[]> {
  const bucket = open();
  bucket.order ??= [...bucket.objects.keys()].sort(compareKeys);
  const { order } = bucket;
  const { prefix, startAfter = '' } = options;
  const first = lowerBound(order, compareKeys(prefix, startAfter) > 0 ? prefix : startAfter);
  let page: ListEntry[] = [];
  for (let i = first; i < order.length; i++) {
    const key = order[i]!;
    if (!key.startsWith(prefix)) {
      if (compareKeys(key, prefix) > 0) break;
      continue;
    }
    if (startAfter !== '' && key === startAfter) continue;
    const object = bucket.objects.get(key);
    if (!object) continue;
    const { bytes, etag, lastModified } = object;
    page.push({ kind: 'object', key, size: bytes.byteLength, etag, lastModified: new Date(lastModified) });
    if (page.length === PAGE) {
      yield page;
      page = [];
    }
  }
  if (page.length > 0) yield page;
}

/** The index of the first key that is not below `key`. */
function lowerBound(order: readonly string[], key: string): number {
  let low = 0;
  let high = order.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(order[middle]!, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
