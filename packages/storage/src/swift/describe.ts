/** What Swift's headers and listings say of objects. */
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { ListEntry, Metadata, ObjectInfo } from '../driver.ts';
import { quote, StorageError } from '../errors.ts';
import { fromHeaders, toHeaders } from '../network/header-metadata.ts';
import { type Check, sizesOf } from '../network/read.ts';
import { UNTYPED } from '../network/untyped.ts';

const META = 'x-object-meta-';
/** Among an object's metadata: the upload whose parts it is made of. Not shown to users. */
const PARTS_HEADER = `${META}skein-parts`;

export function describedBy(
  contentType: string | undefined,
  metadata: Metadata | undefined,
  parts?: string,
): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': contentType ?? UNTYPED };
  for (const [name, value] of Object.entries(toHeaders(metadata ?? {})))
    headers[META + headerName(name)] = value;
  if (parts !== undefined) headers[PARTS_HEADER] = parts;
  return headers;
}

export function infoOf(key: string, headers: IncomingHttpHeaders): ObjectInfo {
  const { 'content-type': type } = headers;
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(META) && name !== PARTS_HEADER)
      metadata[nameInHeader(name.slice(META.length))] = String(value);
  }
  return {
    key,
    size: sizesOf(headers).size,
    etag: plainEtag(headers.etag),
    lastModified: timeOf(headers),
    contentType: type === UNTYPED ? undefined : type,
    metadata: fromHeaders(metadata),
  };
}

/** The upload of which the object is made; undefined when it is not one of parts. */
export function partsOf(headers: IncomingHttpHeaders): string | undefined {
  const id = headers[PARTS_HEADER];
  return typeof id === 'string' ? id : undefined;
}

/** The etag of an object in one piece is the MD5 of its bytes; of others it is one of sums. */
export function checkOf(headers: IncomingHttpHeaders, bucket: string, key: string): Check | undefined {
  const etag = headers.etag ?? '';
  if ('x-static-large-object' in headers || 'x-object-manifest' in headers) return undefined;
  if (!/^[0-9a-f]{32}$/.test(etag)) return undefined;
  const sum = createHash('md5');
  return {
    update(chunk) {
      sum.update(chunk);
    },
    done() {
      const found = sum.digest('hex');
      if (found === etag) return;
      throw new StorageError(
        'corrupt',
        `${quote(key)} in bucket ${quote(bucket)} came with the MD5 ${found}, but was stored with ${etag}`,
        { bucket, key },
      );
    },
  };
}

/** An entry of a listing as JSON. */
export type SwiftEntry =
  | { readonly subdir: string }
  | {
      readonly subdir?: undefined;
      readonly name: string;
      readonly bytes: number;
      readonly hash: string;
      /** Of an object of segments, whose `hash` is that of its list. */
      readonly slo_etag?: string;
      readonly last_modified: string;
    };

export function entryOf(entry: SwiftEntry): ListEntry {
  if (entry.subdir !== undefined) return { kind: 'prefix', prefix: entry.subdir };
  return {
    kind: 'object',
    key: entry.name,
    size: entry.bytes,
    etag: plainEtag(entry.slo_etag ?? entry.hash),
    lastModified: new Date(`${entry.last_modified.slice(0, '2026-01-02T03:04:05.678'.length)}Z`),
  };
}

export function plainEtag(etag = ''): string {
  return etag.replace(/^"|"$/g, '');
}

/** As listings tell it, to the millisecond; Last-Modified is the next whole second. */
function timeOf({ 'x-timestamp': stamp, 'last-modified': modified }: IncomingHttpHeaders): Date {
  if (typeof stamp !== 'string') return new Date(modified ?? 0);
  const [seconds = '0', fraction = ''] = stamp.split('.');
  return new Date(Number(seconds) * 1000 + Number(fraction.padEnd(3, '0').slice(0, 3)));
}

/** Servers drop headers with underscores in their names, in fear of their likeness to hyphens in CGI. */
function headerName(name: string): string {
  return name.replace(/[._]/g, (sign) => (sign === '_' ? '.-' : '..'));
}

function nameInHeader(name: string): string {
  return name.replace(/\.([.-])/g, (_, sign) => (sign === '-' ? '_' : '.'));
}
