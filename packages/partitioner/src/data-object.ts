import type { PortableConfig } from '@skein/storage';

/** One version of something that holds data, as discovery found it. Plain data: it travels within a partition. */
export type DataObject = StoredObject | LocalFile | WebResource;

interface Described {
  /** Bytes; of a URL that does not tell, undefined: it is one part, whatever its length. */
  readonly size: number | undefined;
  /** The version: reading another one is an error. A URL or a file system may not tell. */
  readonly etag: string | undefined;
}

/** An object in a bucket. */
export interface StoredObject extends Described {
  readonly kind: 'object';
  readonly bucket: string;
  readonly key: string;
  readonly size: number;
  /** Which store, as handles name it, where an input named another than all others are in: 's3://bucket/key'. */
  readonly store?: PortableConfig;
}

/** A file of this machine: workers that do not see it tell so. */
export interface LocalFile extends Described {
  readonly kind: 'file';
  /** Absolute. */
  readonly path: string;
  readonly size: number;
}

/** What an HTTP server gives. */
export interface WebResource extends Described {
  readonly kind: 'url';
  /** Without user, password and query: they may be secrets, and this travels and is shown. */
  readonly url: string;
  /** By which the process finds what has been left out of the URL. */
  readonly account?: string;
  /** Whether the server gives ranges: without, the whole is one part. */
  readonly ranged: boolean;
}

/** What people call it: `bucket/key`, the path, or the URL. */
export function nameOf(object: DataObject): string {
  switch (object.kind) {
    case 'object':
      return `${object.bucket}/${object.key}`;
    case 'file':
      return object.path;
    case 'url':
      return object.url;
  }
}

/** What tells it from all others, whatever their versions are. */
export function idOf(object: DataObject): string {
  const name = nameOf(object);
  if (object.kind === 'object' && object.store !== undefined)
    return `${JSON.stringify(object.store)} ${name}`;
  return object.kind === 'url' && object.account !== undefined ? `${name}#${object.account}` : name;
}
