import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Storage, type StorageCapability } from '@skein/storage';
import { memoryDriver } from '@skein/storage/memory';
import { afterAll } from 'vitest';

let stores = 0;

/** A folder that ends with the file's tests. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'skein-test-'));
  afterAll(() => rmSync(path, { recursive: true, force: true, maxRetries: 10 }));
  return path;
}

/** A store of its own in memory. */
export function memory(): Storage {
  return new Storage(`memory:cloudobject-${stores++}`);
}

/** What every claim about stores is checked on. */
export const everyStore: readonly (readonly [name: string, open: () => Storage])[] = [
  ['memory', memory],
  ['fs', () => new Storage(`file:${folder()}`)],
];

/** A store that cannot do something. */
export function without(...missing: readonly StorageCapability[]): Storage {
  const driver = memoryDriver({ name: `cloudobject-${stores++}` });
  const capabilities = new Set([...driver.capabilities].filter((one) => !missing.includes(one)));
  return new Storage({ ...driver, capabilities });
}

export async function keysOf(storage: Storage, prefix = ''): Promise<string[]> {
  const keys: string[] = [];
  try {
    for await (const key of storage.listKeys(storage.bucket, prefix)) keys.push(key);
  } catch (error) {
    if ((error as { code?: string }).code !== 'no-such-bucket') throw error;
  }
  return keys;
}

/** What a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<Error & { readonly code?: string }> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('it did not fail');
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
