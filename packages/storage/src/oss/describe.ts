/** What OSS says of objects, and what it takes as their names. */
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Metadata, ObjectInfo } from '../driver.ts';
import { quote, StorageError } from '../errors.ts';
import { WRITE_ID, withoutWriteId } from '../network/conditional.ts';
import { fromHeaders, toHeaders } from '../network/header-metadata.ts';
import { type Check, sizesOf } from '../network/read.ts';
import { UNTYPED } from '../network/untyped.ts';
import { plainEtag } from '../s3/conditional.ts';

const META = 'x-oss-meta-';
const MAX_KEY_BYTES = 1023;

/** Why OSS would not keep the object (Alibaba Cloud, "Object naming conventions"); undefined when it does. */
export function reasonAgainst(key: string): string | undefined {
  if (/^[/\\]/.test(key)) return 'a name there begins with neither a slash nor a backslash';
  return Buffer.byteLength(key) > MAX_KEY_BYTES
    ? `a name there has at most ${MAX_KEY_BYTES} bytes`
    : undefined;
}

/** @throws {StorageError} `bad-argument` with the reason */
export function checkOssKey(bucket: string, key: string): void {
  const reason = reasonAgainst(key);
  if (reason === undefined) return;
  const message = `OSS cannot keep ${quote(key)} in bucket ${quote(bucket)}: ${reason}`;
  throw new StorageError('bad-argument', message, { bucket, key });
}

export function describedBy(contentType: string = UNTYPED, metadata: Metadata = {}): Record<string, string> {
  const headers: Record<string, string> = { 'Content-Type': contentType };
  for (const [name, value] of Object.entries(toHeaders(metadata))) headers[META + headerName(name)] = value;
  return headers;
}

export function infoOf(key: string, headers: IncomingHttpHeaders): ObjectInfo {
  const { 'content-type': type, 'last-modified': modified } = headers;
  return {
    key,
    size: sizesOf(headers).size,
    etag: plainEtag(headers.etag),
    lastModified: new Date(modified ?? 0),
    contentType: type === UNTYPED ? undefined : type,
    metadata: withoutWriteId(metadataOf(headers)),
  };
}

export function writeIdOf(headers: IncomingHttpHeaders): string | undefined {
  return metadataOf(headers)[WRITE_ID];
}

function metadataOf(headers: IncomingHttpHeaders): Metadata {
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    if (name.startsWith(META)) metadata[nameInHeader(name.slice(META.length))] = String(value);
  return fromHeaders(metadata);
}

/** OSS knows the MD5 of a whole object that came in one request. */
export function checkOf(headers: IncomingHttpHeaders, bucket: string, key: string): Check | undefined {
  const expected = headers['content-md5'];
  if (typeof expected !== 'string') return undefined;
  const sum = createHash('md5');
  return {
    update(chunk) {
      sum.update(chunk);
    },
    done() {
      const found = sum.digest('base64');
      if (found === expected) return;
      throw new StorageError(
        'corrupt',
        `${quote(key)} in bucket ${quote(bucket)} came with the MD5 ${found}, but was stored with ${expected}`,
        { bucket, key },
      );
    },
  };
}

export function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('base64');
}

const SIGNS: Readonly<Record<string, string>> = { _: '--u', '.': '--d', '--': '--h' };

/** Names of metadata have letters, digits and hyphens there, no more. */
function headerName(name: string): string {
  return name.replace(/--|[._]/g, (sign) => SIGNS[sign] ?? sign);
}

function nameInHeader(name: string): string {
  return name.replace(/--[udh]/g, (code) => Object.keys(SIGNS).find((sign) => SIGNS[sign] === code) ?? code);
}
