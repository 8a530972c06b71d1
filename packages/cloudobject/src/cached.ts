/**
 * Values that are computed once, by whoever comes first, and used by all others: in this process, in others and in later
 * runs. The value is an object; beside it `value` says which, and whoever computes it holds a {@link Lease}.
 */
import { createHash } from 'node:crypto';
import { encode, processSite } from '@skein/codec';
import type { WaitOptions } from '@skein/storage';
import { CloudObject, type ObjectVersion } from './cloud-object.ts';
import { badArgument, CloudObjectError, codeOf, isMissing } from './errors.ts';
import { isFormat, pack, type Stored } from './format.ts';
import { type About, checkName, generatedName } from './keys.ts';
import { Claim, type Lease } from './lease.ts';
import { endOf, Pauses } from './pause.ts';
import { processState } from './process-state.ts';
import { checkDuration, inBucket, store } from './put.ts';
import { maker, placeOf, type ScopeOptions, type ScopePlace } from './scope.ts';
import { storageId } from './storage-id.ts';

export interface CachedOptions extends ScopeOptions, WaitOptions {
  /**
   * What the value depends on besides its key, such as a version of the code, parameters, or etags of its input: a value of
   * the codec. With another one it is computed anew.
   */
  readonly version?: unknown;
  /** From then on it is computed anew. @default never */
  readonly expiresAfterMs?: number | undefined;
  /** After this time without a sign of whoever computes, another does. @default 30_000 */
  readonly leaseMs?: number | undefined;
  /**
   * `everywhere`: one computes, whichever process it is in; a storage without conditional writes refuses it. `process`: of
   * the callers of this process one computes, and others may do so at the same time. @default 'everywhere'
   */
  readonly once?: 'everywhere' | 'process' | undefined;
}

/** What is computed here stays, for later runs. */
const DEFAULT_SCOPE = 'cache';
const LEASE_MS = 30_000;
const MIN_LEASE_MS = 100;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 1_000;

/**
 * The value of a key: found where somebody has computed it, else computed. An error of `compute` reaches those who wait for
 * it in this process, and is not kept: the next one computes again.
 */
export async function cached<T>(
  key: string,
  compute: () => T | PromiseLike<T>,
  options: CachedOptions = {},
): Promise<Stored<T>> {
  checkName('key', key);
  if (typeof compute !== 'function') throw badArgument('compute', 'a function', compute);
  const { version, leaseMs = LEASE_MS, once = 'everywhere', expiresAfterMs } = options;
  checkDuration('expiresAfterMs', expiresAfterMs);
  checkDuration('leaseMs', leaseMs);
  if (leaseMs < MIN_LEASE_MS) throw badArgument('leaseMs', `${MIN_LEASE_MS} at least`, leaseMs);
  if (once !== 'everywhere' && once !== 'process')
    throw badArgument('once', "'everywhere' or 'process'", once);
  const place = await placeOf(options, DEFAULT_SCOPE);
  const cache: Cache = { key, place, folder: folderOf(key, version), leaseMs, once, expiresAfterMs };
  const { signal, end } = endOf(`the value of ${JSON.stringify(key)}`, options, processSite().call?.signal);
  try {
    return await within(signal, shared(cache, compute) as Promise<Stored<T>>);
  } finally {
    end();
  }
}

interface Cache {
  readonly key: string;
  readonly place: ScopePlace;
  /** Of all that belongs to the key, below the scope's prefix; it ends with '/'. */
  readonly folder: string;
  readonly leaseMs: number;
  readonly once: 'everywhere' | 'process';
  readonly expiresAfterMs: number | undefined;
}

/** Readable, as far as a key's text can be part of an object's key; the hash tells keys apart. */
function folderOf(key: string, version: unknown): string {
  const hash = createHash('sha256').update(encode([key, version], { root: 'version' }).toBytes());
  const slug = key.replaceAll(/[^\w.-]+/g, '-').slice(0, 40);
  return `cached/${slug}-${hash.digest('hex').slice(0, 32)}/`;
}

/** One for all callers of this process. What a call of an executor began and left unfinished is nobody's: it ends with it. */
function shared(cache: Cache, compute: () => unknown): Promise<unknown> {
  const { computing } = processState();
  const { storage, bucket, prefix } = cache.place;
  const id = `${storageId(storage)} ${bucket} ${prefix}${cache.folder}`;
  const known = computing.get(id);
  if (known !== undefined) return known;
  const call = processSite().call?.signal;
  const value = obtain(cache, compute, call);
  const forget = (): void => {
    if (computing.get(id) === value) computing.delete(id);
    call?.removeEventListener('abort', forget);
  };
  computing.set(id, value);
  call?.addEventListener('abort', forget);
  value.then(forget, forget);
  return value;
}

async function obtain(cache: Cache, compute: () => unknown, call: AbortSignal | undefined): Promise<unknown> {
  const { place, folder, leaseMs } = cache;
  const found = await look(cache);
  if (found !== undefined) return found.value;
  if (cache.once === 'process') return publish(cache, await compute());
  await need(cache);
  const { storage, bucket } = place;
  const claim = new Claim({ storage, bucket, prefix: `${place.prefix}${folder}lease.`, ttlMs: leaseMs });
  const pauses = new Pauses(FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
  for (;;) {
    const lease = await inBucket(place, () => claim.attempt());
    if (lease !== undefined) return underLease(lease, cache, compute, call);
    await pauses.pause(call);
    const other = await look(cache);
    if (other !== undefined) return other.value;
  }
}

async function underLease(
  lease: Lease,
  cache: Cache,
  compute: () => unknown,
  call: AbortSignal | undefined,
): Promise<unknown> {
  const release = (): Promise<void> => lease.release().catch(() => {}); // it is passed on, if not given up
  call?.addEventListener('abort', release);
  try {
    // Whoever held it before may have finished since this process looked.
    const found = await look(cache);
    return found === undefined ? await publish(cache, await compute()) : found.value;
  } finally {
    call?.removeEventListener('abort', release);
    await release();
  }
}

/** The value that is there; undefined when none is, or none that is still good. */
async function look(cache: Cache): Promise<{ readonly value: unknown } | undefined> {
  const found = await recorded(cache);
  if (found === undefined) return undefined;
  try {
    return { value: await found.get() };
  } catch (error) {
    // Cleaned, or expired since.
    if (codeOf(error) === 'cleaned' || codeOf(error) === 'expired' || codeOf(error) === 'replaced')
      return undefined;
    throw error;
  }
}

interface Recorded extends Omit<ObjectVersion & About, 'bucket' | 'expires'> {
  readonly version: 1;
  readonly expires?: number;
}

/** The object that `value` names. A storage of another process may have another address: what is kept says none. */
async function recorded({ place, folder }: Cache): Promise<CloudObject | undefined> {
  const { storage, bucket, prefix } = place;
  const key = `${prefix}${folder}value`;
  let text: string;
  try {
    text = (await storage.getObject(bucket, key)).toString('utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  const record = parseRecord(text);
  if (record === undefined)
    throw new CloudObjectError('damaged', `the object ${bucket}/${key} is no record of a cached value`, {
      bucket,
      key,
    });
  const { etag, size, format, made, by, expires } = record;
  const version = { bucket, key: `${prefix}${folder}${record.key}`, etag, size };
  return new CloudObject(storage, version, { format, made, by, expires });
}

function parseRecord(text: string): Recorded | undefined {
  try {
    const record = JSON.parse(text) as Recorded | null;
    return record?.version === 1 && isFormat(record.format) ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a value, and removes the one that it takes the place of. */
async function publish(cache: Cache, value: unknown): Promise<unknown> {
  const { place, folder, expiresAfterMs } = cache;
  const { storage, bucket, prefix } = place;
  const { format, body } = await pack(value, storage.reach);
  const made = Date.now();
  const expires = expiresAfterMs === undefined ? undefined : made + Math.ceil(expiresAfterMs);
  const about: About = { format, made, by: maker(), expires };
  const name = generatedName(about);
  const kept = await store(place, folder + name, body, about, {});
  const before = await recorded(cache).catch(() => undefined); // a damaged record is replaced
  const { etag, size } = kept;
  const record: Recorded = {
    version: 1,
    key: name,
    etag,
    size,
    format,
    made,
    by: about.by,
    ...(expires !== undefined && { expires }),
  };
  await storage.putObject(bucket, `${prefix}${folder}value`, JSON.stringify(record));
  if (before !== undefined) await storage.deleteObject(bucket, before.key);
  // What came over time has been used up.
  return format === 'Buffer' && !Buffer.isBuffer(value) ? kept.get() : value;
}

async function need({ key, place: { storage } }: Cache): Promise<void> {
  if (await storage.supports('if-none-match')) return;
  throw new CloudObjectError(
    'unsupported',
    `cached(${JSON.stringify(key)}) computes once among all processes, which takes a storage with conditional writes (if-none-match); ` +
      `the ${storage.kind} storage has none. With { once: 'process' } each process may compute it once`,
  );
}

/** Ends a wait; what is waited for goes on. */
function within<T>(signal: AbortSignal, value: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    value.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
