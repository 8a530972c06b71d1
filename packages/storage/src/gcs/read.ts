import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Metadata } from '../driver.ts';
import { quote, StorageError } from '../errors.ts';
import { withoutWriteId } from '../network/conditional.ts';
import { fromHeaders } from '../network/header-metadata.ts';
import { type Check, type ObjectAnswer, sizesOf } from '../network/read.ts';
import { UNTYPED } from '../network/untyped.ts';
import { crc32c } from './crc32c.ts';

const META = 'x-goog-meta-';

/** What a download by the XML API says of its object; the time by the second. */
export function answerOf(answer: IncomingMessage, bucket: string, key: string): ObjectAnswer {
  const { headers } = answer;
  const { size, length } = sizesOf(headers);
  const generation = headers['x-goog-generation'];
  return {
    info: {
      ...{ key, size, etag: typeof generation === 'string' ? generation : '' },
      lastModified: new Date(headers['last-modified'] ?? 0),
      contentType: headers['content-type'] === UNTYPED ? undefined : headers['content-type'],
      metadata: withoutWriteId(fromHeaders(metadataIn(headers))),
    },
    length,
    body: answer,
    // A range has no sums of its own.
    check: answer.statusCode === 200 ? checkOf(headers, bucket, key) : undefined,
  };
}

function metadataIn(headers: IncomingHttpHeaders): Metadata {
  const entries = Object.entries(headers).filter(([name]) => name.startsWith(META));
  // What others have stored may be UTF-8, of which Node makes a character a byte.
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name.slice(META.length),
      Buffer.from(String(value), 'latin1').toString(),
    ]),
  );
}

/** By MD5, which Node computes natively; objects that were composed have CRC-32C alone. */
function checkOf(headers: IncomingHttpHeaders, bucket: string, key: string): Check | undefined {
  const sums = String(headers['x-goog-hash'] ?? '');
  const md5 = /\bmd5=([\w+/]+=*)/.exec(sums)?.[1];
  const crc = /\bcrc32c=([\w+/]+=*)/.exec(sums)?.[1];
  const compare = (found: string, known: string, name: string): void => {
    if (found === known) return;
    const what = `${quote(key)} in bucket ${quote(bucket)}`;
    throw new StorageError('corrupt', `${what} came with the ${name} ${found}, not ${known}`, {
      bucket,
      key,
    });
  };
  if (md5 !== undefined) {
    const hash = createHash('md5');
    return {
      update: (chunk) => void hash.update(chunk),
      done: () => compare(hash.digest('base64'), md5, 'MD5'),
    };
  }
  if (crc === undefined) return undefined;
  let sum = 0;
  return {
    update: (chunk) => {
      sum = crc32c(chunk, sum);
    },
    done: () => {
      const found = Buffer.alloc(4);
      found.writeUInt32BE(sum);
      compare(found.toString('base64'), crc, 'CRC-32C');
    },
  };
}
