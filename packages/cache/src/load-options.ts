/** How a value is loaded and kept: what may be said for each, and what holds otherwise. */
import { badArgument } from './errors.ts';
import type { Once } from './load.ts';

/** How long a value is kept, and with what it goes. */
export interface KeepOptions {
  /** Fresh for so long, milliseconds, less up to a tenth at random, so that what came together does not go together. @default that of the cache */
  readonly ttlMs?: number | undefined;
  /** Served stale for so long afterwards, while it is loaded again in the background. @default 0 */
  readonly swrMs?: number | undefined;
  /** `invalidate(tag)` makes it invalid. */
  readonly tags?: readonly string[] | undefined;
  /** What the value depends on besides its key, such as a version of the code: another version is another entry. */
  readonly version?: string | number | undefined;
}

export interface LoadOptions extends KeepOptions {
  /** For how long undefined and null are kept; 0: they are loaded each time. @default 0 */
  readonly emptyTtlMs?: number | undefined;
  /** For how long an error of the loader is kept, and thrown instead of loading; 0: it is not kept. @default 0 */
  readonly errorTtlMs?: number | undefined;
  /** Among whom one loads: needs a tier that they share. @default 'machine' */
  readonly once?: Once | undefined;
  /** After this time without a sign of who loads, another does, where its death cannot be seen at once. @default 30_000 */
  readonly leaseMs?: number | undefined;
}

/** An entry, by its key and version. */
export interface EntryOptions {
  /** @default none */
  readonly version?: string | number | undefined;
}

export interface ResolvedLoad {
  readonly ttlMs: number;
  readonly swrMs: number;
  readonly tags: readonly string[];
  readonly emptyTtlMs: number;
  readonly errorTtlMs: number;
  readonly once: Once;
  readonly leaseMs: number;
}

const MAX_KEY_BYTES = 1024;
const MAX_TAGS = 64;
const MIN_LEASE_MS = 100;
const LEASE_MS = 30_000;

export function resolveLoad(options: LoadOptions, defaultTtlMs: number): ResolvedLoad {
  const { ttlMs = defaultTtlMs, swrMs = 0, tags = [], emptyTtlMs = 0, errorTtlMs = 0 } = options;
  const { once = 'machine', leaseMs = LEASE_MS } = options;
  if (!(typeof ttlMs === 'number' && ttlMs > 0))
    throw badArgument('ttlMs', 'milliseconds, more than 0', ttlMs);
  checkDuration('swrMs', swrMs);
  checkDuration('emptyTtlMs', emptyTtlMs);
  checkDuration('errorTtlMs', errorTtlMs);
  if (!(Number.isFinite(leaseMs) && leaseMs >= MIN_LEASE_MS))
    throw badArgument('leaseMs', `${MIN_LEASE_MS} milliseconds at least`, leaseMs);
  if (once !== 'process' && once !== 'machine' && once !== 'cluster')
    throw badArgument('once', "'process', 'machine' or 'cluster'", once);
  if (!Array.isArray(tags) || tags.length > MAX_TAGS)
    throw badArgument('tags', `a list of ${MAX_TAGS} at most`, tags);
  for (const tag of tags) checkName('a tag', tag);
  return { ttlMs, swrMs, tags, emptyTtlMs, errorTtlMs, once, leaseMs };
}

/** The name of an entry, of its key and version. That the key is one was checked when the entry was made: hits are not slowed by it. */
export function nameOf(key: string, version: string | number | undefined): string {
  if (version === undefined) return key;
  if (typeof version !== 'string' && typeof version !== 'number')
    throw badArgument('version', 'a string or a number', version);
  return `${key}\0${version}`;
}

export function checkName(what: string, name: unknown): asserts name is string {
  const expected = `text of 1 to ${MAX_KEY_BYTES} bytes without zero characters`;
  if (typeof name !== 'string' || name === '' || name.includes('\0')) throw badArgument(what, expected, name);
  // A UTF-16 unit is at most three bytes.
  if (name.length * 3 > MAX_KEY_BYTES && Buffer.byteLength(name) > MAX_KEY_BYTES)
    throw badArgument(what, expected, name);
}

function checkDuration(name: string, value: unknown): void {
  if (!(typeof value === 'number' && value >= 0)) throw badArgument(name, 'milliseconds, 0 or more', value);
}
