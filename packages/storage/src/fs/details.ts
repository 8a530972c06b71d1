import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DriverPut, Metadata } from '../driver.ts';
import { StorageError } from '../errors.ts';
import { type ObjectPaths, unlinkIfThere } from './layout.ts';
import { codeOf } from './owner.ts';
import { etagOf, statFile } from './version.ts';

/** What a version has besides its bytes. */
export interface Details {
  readonly contentType: string | undefined;
  readonly metadata: Metadata;
}

const NONE: Details = { contentType: undefined, metadata: Object.freeze({}) };

/** Writes the details of a version that is not published yet, if it has any. */
export function writeDetails(object: ObjectPaths, etag: string, options: DriverPut): void {
  const { contentType, metadata } = options;
  if (contentType === undefined && metadata === undefined) return;
  writeFileSync(join(object.bucket.details, etag), JSON.stringify({ contentType, metadata }));
}

export function removeDetails(object: ObjectPaths, etag: string): void {
  const path = join(object.bucket.details, etag);
  // Most versions have none, and an exception costs several times what looking does.
  if (existsSync(path)) unlinkIfThere(path);
}

/** The details of the version `etag`; undefined when it was replaced or deleted meanwhile and took them along. */
export function readDetails(object: ObjectPaths, etag: string): Details | undefined {
  const path = join(object.bucket.details, etag);
  if (existsSync(path)) {
    try {
      return parse(readFileSync(path, 'utf8'), path, object);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }
  const current = statFile(object.file);
  return current && etagOf(current) === etag ? NONE : undefined;
}

function parse(text: string, path: string, object: ObjectPaths): Details {
  try {
    const { contentType, metadata } = JSON.parse(text) as Partial<Details>;
    return { contentType, metadata: metadata ?? NONE.metadata };
  } catch (cause) {
    throw new StorageError(
      'corrupt',
      `${path} should hold the metadata of ${JSON.stringify(object.key)} as JSON`,
      {
        bucket: object.bucket.name,
        key: object.key,
        cause,
      },
    );
  }
}
