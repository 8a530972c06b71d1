/** Storing values, and what is done with handles by way of a storage. */
import type { BodyInput, Metadata, ObjectInfo, Storage, StorageConfig, WaitOptions } from '@skein/storage';
import { openStorage } from '@skein/storage/handles';
import { CloudObject, readWith } from './cloud-object.ts';
import { badArgument, codeOf, isMissing } from './errors.ts';
import { isFormat, pack, type Stored } from './format.ts';
import { type About, checkName, generatedName } from './keys.ts';
import { maker, placeOf, type ScopeOptions, type ScopePlace } from './scope.ts';

export interface CloudObjectOptions extends ScopeOptions, WaitOptions {
  /** From then on it cannot be read any more, and is removed when somebody cleans. @default its scope says how long it stays */
  readonly expiresAfterMs?: number | undefined;
  /** Kept with the object; a storage that keeps none refuses it. */
  readonly contentType?: string | undefined;
  /** A name within the scope, by which {@link findCloudObject} finds it. An object of that name is replaced. */
  readonly key?: string | undefined;
}

/**
 * Stores a value and gives a handle to it. Without options it lives as long as the executor in whose call it is made, outside
 * of calls as long as the program. Bytes, texts and typed arrays are stored as they are, streams and files as they come, all
 * else by the codec.
 *
 * @throws {CaptureError} for a value that cannot be kept, with the path to what is in the way.
 */
export async function cloudObject<V>(
  value: V,
  options: CloudObjectOptions = {},
): Promise<CloudObject<Stored<V>>> {
  const { key, expiresAfterMs, contentType, signal, timeoutMs } = options;
  if (key !== undefined) checkName('key', key);
  checkDuration('expiresAfterMs', expiresAfterMs);
  const place = await placeOf(options);
  const { format, body } = await pack(value, place.storage.reach);
  const made = Date.now();
  const expires = expiresAfterMs === undefined ? undefined : made + Math.ceil(expiresAfterMs);
  const about: About = { format, made, by: maker(), expires };
  const name = key === undefined ? `made/${generatedName(about)}` : `named/${key}`;
  const metadata = key === undefined ? undefined : metadataOf(about);
  return store(place, name, body, about, { contentType, metadata, signal, timeoutMs });
}

/** As {@link cloudObject}, in a storage that is given: the values of its own scopes, or of the program. */
export function putCloudObject<V>(
  storage: Storage | StorageConfig,
  value: V,
  options: Omit<CloudObjectOptions, 'storage'> = {},
): Promise<CloudObject<Stored<V>>> {
  return cloudObject(value, { ...options, storage });
}

/** Reads an object's value by way of a storage of one's own, such as one with other credentials. */
export function getCloudObject<T>(
  storage: Storage | StorageConfig,
  object: CloudObject<T>,
  options: WaitOptions = {},
): Promise<T> {
  return readWith(openStorage(storage), object, options);
}

/** Deletes objects in few requests, whichever version is there. Those that are gone already are no error. */
export async function deleteCloudObjects(
  storage: Storage | StorageConfig,
  objects: Iterable<CloudObject>,
  options: WaitOptions = {},
): Promise<void> {
  const store = openStorage(storage);
  const keys = new Map<string, string[]>();
  for (const { bucket, key } of objects) {
    const known = keys.get(bucket);
    if (known === undefined) keys.set(bucket, [key]);
    else known.push(key);
  }
  for (const [bucket, list] of keys) {
    await store.deleteObjects(bucket, list, options).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
  }
}

/** The object of a scope that was given this `key`; undefined when there is none, or it has expired. */
export async function findCloudObject<T = unknown>(
  key: string,
  options: ScopeOptions & WaitOptions = {},
): Promise<CloudObject<T> | undefined> {
  const { storage, bucket, prefix } = await placeOf(options);
  try {
    const { signal, timeoutMs } = options;
    const place = `${prefix}named/${checkName('key', key)}`;
    const info = await storage.headObject(bucket, place, { signal, timeoutMs });
    const found = namedObject<T>(storage, bucket, info);
    return found?.expires !== undefined && found.expires <= Date.now() ? undefined : found;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** A handle to an object that has its description in its metadata; undefined where it has none. */
export function namedObject<T>(
  storage: Storage,
  bucket: string,
  { key, etag, size, metadata }: ObjectInfo,
): CloudObject<T> | undefined {
  const { [FORMAT]: format, [MADE]: made, [BY]: by = '', [EXPIRES]: expires } = metadata;
  if (!isFormat(format)) return undefined;
  const about = {
    format,
    made: Number(made),
    by,
    expires: expires === undefined ? undefined : Number(expires),
  };
  return new CloudObject<T>(storage, { bucket, key, etag, size }, about);
}

const FORMAT = 'skein-format';
const MADE = 'skein-made';
const BY = 'skein-by';
const EXPIRES = 'skein-expires';

function metadataOf({ format, made, by, expires }: About): Metadata {
  return {
    [FORMAT]: format,
    [MADE]: String(made),
    [BY]: by,
    ...(expires !== undefined && { [EXPIRES]: String(expires) }),
  };
}

/** Writes an object into a scope. */
export async function store<T>(
  place: ScopePlace,
  name: string,
  body: BodyInput,
  about: About,
  options: WaitOptions & {
    readonly contentType?: string | undefined;
    readonly metadata?: Metadata | undefined;
  },
): Promise<CloudObject<T>> {
  const { storage, bucket, prefix } = place;
  const key = prefix + name;
  const put = (): ReturnType<Storage['putObject']> => storage.putObject(bucket, key, body, options);
  const { etag, size } = await inBucket(place, put, !isReplayable(body));
  return new CloudObject<T>(storage, { bucket, key, etag, size }, about);
}

/**
 * Writes to the bucket of a scope, which the first to keep something there makes. That of an executor is there, and one that
 * was closed is not to be brought back.
 */
export async function inBucket<R>(
  { scope, storage, bucket }: ScopePlace,
  write: () => Promise<R>,
  once = false,
): Promise<R> {
  const own = scope !== 'executor' && scope !== 'job';
  if (own && once) await storage.createBucket(bucket);
  try {
    return await write();
  } catch (error) {
    if (!own || once || codeOf(error) !== 'no-such-bucket') throw error;
    await storage.createBucket(bucket);
    return write();
  }
}

function isReplayable(body: BodyInput): boolean {
  return (
    typeof body === 'string' || ArrayBuffer.isView(body) || body instanceof ArrayBuffer || Array.isArray(body)
  );
}

/** The longest time that is meant as one, 100 years: its end can still be written down. */
const LONGEST_MS = 100 * 366 * 24 * 3_600_000;

export function checkDuration(what: string, ms: number | undefined): void {
  if (ms !== undefined && !(typeof ms === 'number' && ms > 0 && ms <= LONGEST_MS))
    throw badArgument(what, 'a positive number of milliseconds, of 100 years at most', ms);
}
