/** What the headers of an answer say of an object. */
import type { IncomingHttpHeaders } from 'node:http';
import { crc32 } from 'node:zlib';
import type { Metadata, ObjectInfo } from '../driver.ts';
import { quote, StorageError } from '../errors.ts';
import { WRITE_ID } from '../network/conditional.ts';
import { fromHeaders } from '../network/header-metadata.ts';
import { type Check, sizesOf } from '../network/read.ts';
import { UNTYPED } from '../network/untyped.ts';
import { plainEtag } from '../s3/conditional.ts';

/** Before the names of users' metadata. */
export const META = 'x-amz-meta-';

export function infoOf(key: string, headers: IncomingHttpHeaders): ObjectInfo {
  const { 'content-type': type, 'last-modified': modified } = headers;
  return {
    key,
    size: sizesOf(headers).size,
    etag: plainEtag(headers.etag),
    lastModified: new Date(modified ?? 0),
    contentType: type === UNTYPED ? undefined : type,
    metadata: metadataOf(headers),
  };
}

function metadataOf(headers: IncomingHttpHeaders): Metadata {
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(META) || name === `${META}${WRITE_ID}`) continue;
    metadata[name.slice(META.length)] = String(value);
  }
  return fromHeaders(metadata);
}

/** The check of a whole object that was written with a sum of all its bytes; that of one written in parts is one of sums. */
export function checkOf(headers: IncomingHttpHeaders, bucket: string, key: string): Check | undefined {
  const expected = headers['x-amz-checksum-crc32'];
  if (typeof expected !== 'string' || expected.includes('-')) return undefined;
  if (headers['x-amz-checksum-type'] === 'COMPOSITE') return undefined;
  let sum = 0;
  return {
    update(chunk) {
      sum = crc32(chunk, sum);
    },
    done() {
      const found = crc32Text(sum);
      if (found === expected) return;
      throw new StorageError(
        'corrupt',
        `${quote(key)} in bucket ${quote(bucket)} came with the CRC-32 ${found}, but was stored with ${expected}`,
        { bucket, key },
      );
    },
  };
}

/** As S3 writes it: Base64 of its four bytes, the highest first. */
export function crc32Text(sum: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(sum);
  return bytes.toString('base64');
}
