/**
 * The `swift` driver: OpenStack Swift by its own protocol, a bucket being a container.
 *
 * - Capabilities: `metadata`, `ordered-list`. No conditional writes: Swift knows `If-None-Match: *`, but looks first and
 *   writes then, so that of writers at the same time several win (with twenty at once, in most rounds).
 * - Bodies up to `partSize` are one object; larger ones are static large objects, whose segments lie in the container
 *   `<bucket>_segments` and go with the object. When two write the same key at the same time, the segments of the one
 *   that lost may stay until the bucket goes.
 * - Every request carries the MD5 of its bytes, which Swift verifies; an object in one piece that is read whole is verified.
 *   Objects larger than a part are read by ranges of one version.
 * - Every key but one with a NUL.
 * - Swift is eventually consistent: on a cluster in trouble, a listing may be late, and an old version be read.
 */
import type {
  Body,
  DriverGet,
  DriverList,
  DriverObject,
  DriverPut,
  ListEntry,
  ObjectInfo,
  StorageCapability,
  StorageDriver,
} from './driver.ts';
import {
  changedError,
  NoSuchBucketError,
  NoSuchKeyError,
  quote,
  StorageError,
  UnsupportedCapabilityError,
} from './errors.ts';
import { PAGE } from './listing.ts';
import { forEachAtOnce } from './network/at-once.ts';
import { DEFAULTS, type Opening } from './network/kind.ts';
import { writeBody } from './network/multipart.ts';
import { type ObjectSource, readObject, sizesOf } from './network/read.ts';
import { fromSource } from './network/source.ts';
import { reachOf } from './network/target.ts';
import { resolveRange } from './range.ts';
import { SwiftWire } from './swift/client.ts';
import { deleteOne, deleteTogether } from './swift/delete.ts';
import {
  checkOf,
  describedBy,
  entryOf,
  infoOf,
  partsOf,
  plainEtag,
  type SwiftEntry,
} from './swift/describe.ts';
import { statusOf } from './swift/errors.ts';
import { type SwiftOptions, swiftKind } from './swift/options.ts';
import {
  beginUpload,
  dropParts,
  dropSegments,
  MAX_SEGMENTS,
  md5,
  type SegmentReceipt,
  segmentsOf,
  type Written,
} from './swift/parts.ts';

export type { SwiftOptions } from './swift/options.ts';

const CAPABILITIES: ReadonlySet<StorageCapability> = new Set<StorageCapability>(['metadata', 'ordered-list']);

const HEADS_AT_ONCE = 16;
/** How long it is believed that a bucket has no segments: another process may write some. */
const WITHOUT_SEGMENTS_MS = 10_000;

/** Objects in OpenStack Swift. */
export function swiftDriver(options: SwiftOptions | Opening<SwiftOptions>): StorageDriver {
  swiftKind.check?.(options);
  return new SwiftDriver(options, 'portable' in options ? options.portable : undefined);
}

type Waiting = { readonly signal?: AbortSignal | undefined };

class SwiftDriver implements StorageDriver {
  readonly kind = 'swift';
  readonly reach: StorageDriver['reach'];
  readonly capabilities: ReadonlySet<StorageCapability> = CAPABILITIES;
  readonly config: StorageDriver['config'];
  readonly #options: SwiftOptions;
  readonly #parts: { readonly partSize: number; readonly concurrency: number; readonly attempts: number };
  /** Buckets with segments, for ever, and those without, until then. */
  readonly #segments = new Map<string, number>();
  #wire: SwiftWire | undefined;

  constructor(options: SwiftOptions, portable: StorageDriver['config']) {
    const { partSize = DEFAULTS.partSize, concurrency = DEFAULTS.concurrency } = options;
    this.#options = options;
    this.#parts = { partSize, concurrency, attempts: options.attempts ?? DEFAULTS.attempts };
    this.reach = reachOf(swiftKind.address(options));
    this.config = portable;
  }

  async put(bucket: string, key: string, body: Body, options: DriverPut): Promise<Written> {
    if (key.includes('\0')) {
      throw new StorageError(
        'bad-argument',
        `Swift cannot keep ${quote(key)} in bucket ${quote(bucket)}: a name there holds no NUL`,
        { bucket, key },
      );
    }
    if (options.ifMatch !== undefined)
      throw new UnsupportedCapabilityError('swift', 'if-match', { bucket, key });
    if (options.ifNoneMatch !== undefined)
      throw new UnsupportedCapabilityError('swift', 'if-none-match', { bucket, key });
    const { contentType, metadata, signal } = options;
    return fromSource(body, (source) =>
      this.#run(bucket, key, signal, async (wire) => {
        const plan = { ...this.#parts, maxParts: MAX_SEGMENTS, signal };
        let replaced: string | undefined;
        const written = await writeBody<SegmentReceipt, Written>(source, plan, {
          whole: async (parts, size) => {
            replaced = await this.#partsAt(wire, bucket, key, signal);
            const headers = { ...describedBy(contentType, metadata), etag: md5(parts) };
            const { etag } = await wire.headers({ method: 'PUT', bucket, key, headers, body: parts, signal });
            return { etag: plainEtag(etag), size };
          },
          begin: async () => {
            if (!(await this.headBucket(bucket))) throw new NoSuchBucketError(bucket);
            this.#segments.set(bucket, Number.POSITIVE_INFINITY);
            const upload = await beginUpload(wire, bucket, key, options);
            const complete = async (receipts: readonly SegmentReceipt[]): Promise<Written> => {
              replaced = await this.#partsAt(wire, bucket, key, signal);
              return upload.complete(receipts);
            };
            return { ...upload, complete };
          },
        });
        if (replaced !== undefined) await dropParts(wire, bucket, replaced);
        return written;
      }),
    );
  }

  async get(bucket: string, key: string, options: DriverGet): Promise<DriverObject> {
    return this.#run(bucket, key, options.signal, async (wire) => {
      if (key.includes('\0')) throw new NoSuchKeyError(bucket, key);
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
      if (key.includes('\0')) throw new NoSuchKeyError(bucket, key);
      return infoOf(key, await wire.headers({ method: 'HEAD', bucket, key, signal }));
    });
  }

  delete(bucket: string, keys: readonly string[], { signal }: Waiting): Promise<void> {
    return this.#run(bucket, undefined, signal, async (wire) => {
      let left = keys.filter((key) => !key.includes('\0'));
      let deleted = 0;
      if (await this.#hasSegments(wire, bucket, signal)) {
        const plain: string[] = [];
        await forEachAtOnce(left, HEADS_AT_ONCE, signal, async (key, stop) => {
          const parts = await this.#partsAt(wire, bucket, key, stop);
          if (parts === undefined) return void plain.push(key);
          if (await deleteOne(wire, bucket, key, stop)) deleted++;
          await dropParts(wire, bucket, parts);
        });
        left = plain;
      }
      if (left.length > 0) deleted += await deleteTogether(wire, bucket, left, signal);
      if (deleted === 0 && !(await this.headBucket(bucket))) throw new NoSuchBucketError(bucket);
    });
  }

  async *list(
    bucket: string,
    { prefix, delimiter, startAfter, signal }: DriverList,
  ): AsyncGenerator<readonly ListEntry[]> {
    for (let marker = startAfter; ; ) {
      const query = {
        ...{ format: 'json', limit: String(PAGE), prefix },
        ...(delimiter !== undefined && { delimiter }),
        ...(marker !== undefined && { marker }),
      };
      const text = await this.#run(bucket, undefined, signal, (wire) =>
        wire.text({ method: 'GET', bucket, query, signal }),
      );
      const page = (JSON.parse(text || '[]') as readonly SwiftEntry[]).map(entryOf);
      if (page.length > 0) yield page;
      const last = page.at(-1);
      // A server may have set its pages shorter: only an empty one is known to be the end.
      if (last === undefined) return;
      marker = last.kind === 'object' ? last.key : last.prefix;
    }
  }

  async createBucket(bucket: string): Promise<void> {
    await this.#run(bucket, undefined, undefined, (wire) => wire.headers({ method: 'PUT', bucket }));
  }

  headBucket(bucket: string): Promise<boolean> {
    return this.#run(bucket, undefined, undefined, (wire) => exists(wire, bucket));
  }

  async deleteBucket(bucket: string): Promise<void> {
    await this.#run(bucket, undefined, undefined, async (wire) => {
      await wire.headers({ method: 'DELETE', bucket });
      await dropSegments(wire, bucket);
      this.#segments.delete(bucket);
    });
  }

  async close(): Promise<void> {
    this.#wire?.close();
    this.#wire = undefined;
  }

  #source(wire: SwiftWire, bucket: string, key: string): ObjectSource {
    return {
      ...{ bucket, key, ...this.#parts },
      ask: async ({ range, ifMatch, signal }) => {
        const headers = {
          ...(range !== undefined && { range }),
          ...(ifMatch !== undefined && { 'if-match': `"${ifMatch}"` }),
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

  /** The upload that the object of this key is made of, when there is one. */
  async #partsAt(
    wire: SwiftWire,
    bucket: string,
    key: string,
    signal: AbortSignal | undefined,
  ): Promise<string | undefined> {
    if (!(await this.#hasSegments(wire, bucket, signal))) return undefined;
    try {
      return partsOf(await wire.headers({ method: 'HEAD', bucket, key, signal }));
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  async #hasSegments(wire: SwiftWire, bucket: string, signal: AbortSignal | undefined): Promise<boolean> {
    const known = this.#segments.get(bucket) ?? 0;
    if (known === Number.POSITIVE_INFINITY) return true;
    if (Date.now() < known) return false;
    const has = await exists(wire, segmentsOf(bucket), signal);
    this.#segments.set(bucket, has ? Number.POSITIVE_INFINITY : Date.now() + WITHOUT_SEGMENTS_MS);
    return has;
  }

  /** An answer of 404 does not say which of the two is missing. */
  async #missing(error: NoSuchKeyError): Promise<StorageError> {
    const { bucket = '' } = error;
    return (await this.headBucket(bucket)) ? error : new NoSuchBucketError(bucket, { cause: error.cause });
  }

  async #run<T>(
    bucket: string,
    key: string | undefined,
    signal: AbortSignal | undefined,
    work: (wire: SwiftWire) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    this.#wire ??= new SwiftWire(this.#options);
    const wire = this.#wire;
    try {
      return await work(wire);
    } catch (error) {
      const told = wire.error(error, bucket, key, signal);
      throw told instanceof NoSuchKeyError ? await this.#missing(told) : told;
    }
  }
}

async function exists(wire: SwiftWire, bucket: string, signal?: AbortSignal): Promise<boolean> {
  try {
    await wire.headers({ method: 'HEAD', bucket, signal });
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    throw error;
  }
}
