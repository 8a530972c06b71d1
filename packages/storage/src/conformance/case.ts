import assert from 'node:assert/strict';
import type { StorageCapability } from '../driver.ts';
import { StorageError, type StorageErrorCode } from '../errors.ts';
import { forEachAtOnce } from '../network/at-once.ts';
import type { Storage } from '../storage.ts';

/** The store under test. */
export interface ConformanceTarget {
  /** A new handle on the same store each time. */
  open(): Storage;
  /**
   * Claims, by name, that the server behind the driver cannot keep, and why: they are not run, and the reason is told.
   * For a property of that server, such as one that keeps objects as files, never for one of the driver.
   */
  readonly unkept?: Readonly<Record<string, string>> | undefined;
}

/** One claim. */
export interface ConformanceCase {
  readonly name: string;
  /** Resolves when the claim holds, with the reason when it could not be tested; rejects when it does not hold. */
  run(): Promise<string | undefined>;
}

/** What a claim is tested with: a handle and a bucket that is removed afterwards. */
export interface Bench {
  readonly storage: Storage;
  readonly bucket: string;
  /** Another handle on the same store. */
  another(): Storage;
}

let buckets = 0;

/** Makes claims about one target, each with its own bucket. */
export function claims(
  target: ConformanceTarget,
): (
  name: string,
  test: (bench: Bench) => Promise<void>,
  needs?: { readonly capability?: StorageCapability; readonly processes?: true },
) => ConformanceCase {
  return (name, test, needs = {}) => ({
    name,
    async run(): Promise<string | undefined> {
      const unkept = target.unkept?.[name];
      if (unkept !== undefined) return unkept;
      const storage = target.open();
      try {
        if (needs.capability && !(await storage.supports(needs.capability))) {
          return `the ${storage.kind} driver does not declare ${needs.capability}`;
        }
        if (needs.processes && storage.reach === 'process')
          return `no other process can reach a ${storage.kind} store`;
        const bucket = `conformance-${process.pid}-${Math.random().toString(36).slice(2, 8)}-${buckets++}`;
        await storage.createBucket(bucket);
        const remove = async (): Promise<void> => {
          await storage.deleteObjects(bucket, await keysOf(storage, bucket));
          await storage.deleteBucket(bucket);
        };
        try {
          await test({ storage, bucket, another: () => target.open() });
        } catch (error) {
          await remove().catch(() => {}); // what has failed before says more
          throw error;
        }
        await remove();
        return undefined;
      } finally {
        await storage.close();
      }
    },
  });
}

/** What servers in a network take a while for is done several at a time. */
export function atOnce<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  return forEachAtOnce(items, 16, undefined, work);
}

export async function keysOf(storage: Storage, bucket: string, prefix = '', options = {}): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of storage.listKeys(bucket, prefix, options)) keys.push(key);
  return keys;
}

/** Fails unless `promise` rejects with a StorageError of this code whose message holds every one of `named`. */
export async function rejectsWith(
  promise: Promise<unknown>,
  code: StorageErrorCode,
  ...named: string[]
): Promise<StorageError> {
  const error = await promise.then(
    (value) => assert.fail(`expected a StorageError ${code}, but it resolved with ${String(value)}`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof StorageError, `expected a StorageError ${code}, not ${String(error)}`);
  assert.equal(error.code, code, error.message);
  for (const name of named)
    assert.ok(error.message.includes(name), `${JSON.stringify(error.message)} should name ${name}`);
  return error;
}
