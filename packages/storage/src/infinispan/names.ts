/**
 * What lies in a cache. Names are text of letters, digits, '-', '_' and ':', which every protocol takes as it is:
 *
 * | name              | holds                                                                                 |
 * | ----------------- | ------------------------------------------------------------------------------------- |
 * | `o:KEY`           | an object: its description as a line of JSON, and its body in base64 when it is small |
 * | `c:KEY:ETAG:N`    | a chunk of one version, as bytes                                                      |
 * | `k:KEY:ETAG`      | for as long as it lives, the chunks of that version are kept though it is not current |
 *
 * KEY is the object's key in base64url. Hot Rod's package knows text only, so base64 is the price of one format for both.
 */
import type { Version } from '../key-value/store.ts';

const CHUNK = /^c:([\w-]+:[\w-]+):(\d+)$/;

function encoded(key: string): string {
  return Buffer.from(key).toString('base64url');
}

export function objectName(key: string): string {
  return `o:${encoded(key)}`;
}

/** The key of an object; undefined for all other names. */
export function keyOfObject(name: string): string | undefined {
  return name.startsWith('o:') ? Buffer.from(name.slice(2), 'base64url').toString() : undefined;
}

export function chunkName({ key, etag }: Version, index: number): string {
  return `c:${encoded(key)}:${etag}:${index}`;
}

export function keepName({ key, etag }: Version): string {
  return `k:${encoded(key)}:${etag}`;
}

/** Of a chunk its version, as text that `versionOf` reads, and its place; undefined for all other names. */
export function chunkOf(name: string): { readonly version: string; readonly index: number } | undefined {
  const [, version, index] = CHUNK.exec(name) ?? [];
  return version === undefined ? undefined : { version, index: Number(index) };
}

export function versionOf(bucket: string, text: string): Version {
  const [key = '', etag = ''] = text.split(':');
  return { bucket, key: Buffer.from(key, 'base64url').toString(), etag };
}
