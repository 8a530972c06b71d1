import { createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ObjectInfo } from './driver.ts';
import { badArgument } from './errors.ts';
import type { ByteRange } from './range.ts';
import type { PutOptions, PutResult, Storage, WaitOptions } from './storage.ts';

/** See {@link Storage.uploadFile}. */
export async function uploadFile(
  storage: Storage,
  path: string,
  bucket: string,
  key: string = basename(path),
  options: PutOptions,
): Promise<PutResult> {
  const file = await open(path);
  try {
    return await storage.putObject(bucket, key, file.createReadStream({ autoClose: false }), options);
  } finally {
    await file.close();
  }
}

/** See {@link Storage.downloadFile}. */
export async function downloadFile(
  storage: Storage,
  bucket: string,
  key: string,
  path: string | undefined,
  options: WaitOptions & { range?: ByteRange },
): Promise<ObjectInfo> {
  const target = path ?? key.slice(key.lastIndexOf('/') + 1);
  // A key's last part may be '..' or empty: no name that a stranger chose decides where a file lands.
  if (path === undefined && (target === '' || target === '.' || target === '..')) {
    throw badArgument('path', 'given for a key that ends in no file name', key);
  }
  const { info, body } = await storage.getObject(bucket, key, { ...options, stream: true, info: true });
  const partial = `${target}.${Math.random().toString(36).slice(2)}.part`;
  try {
    await pipeline(body, createWriteStream(partial, { flags: 'wx' }));
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  return info;
}
