import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { BlobDownloadResponseParsed, BlobItem } from '@azure/storage-blob';
import type { Metadata, ObjectEntry, ObjectInfo } from '../driver.ts';
import { quote, StorageError } from '../errors.ts';
import { withoutWriteId } from '../network/conditional.ts';
import type { Check, ObjectAnswer } from '../network/read.ts';
import { UNTYPED } from '../network/untyped.ts';
import { fromBlobMetadata } from './metadata.ts';
import { keyOfName } from './names.ts';
import { plainEtag } from './write.ts';

/** What Azure says of a blob, in each of its answers. */
interface BlobFacts {
  readonly contentLength?: number;
  readonly contentRange?: string;
  readonly etag?: string;
  readonly lastModified?: Date;
  readonly contentType?: string;
  readonly metadata?: Metadata;
}

export function infoOf(key: string, facts: BlobFacts): ObjectInfo {
  const { contentLength = 0, contentRange = '', etag, lastModified, contentType, metadata = {} } = facts;
  const total = /\/(\d+)$/.exec(contentRange)?.[1];
  return {
    key,
    size: total === undefined ? contentLength : Number(total),
    etag: plainEtag(etag),
    lastModified: lastModified ?? new Date(0),
    contentType: contentType === UNTYPED ? undefined : contentType,
    metadata: withoutWriteId(fromBlobMetadata(metadata)),
  };
}

export function entryOf({ name, properties }: BlobItem): ObjectEntry {
  const { contentLength = 0, etag, lastModified } = properties;
  return { kind: 'object', key: keyOfName(name), size: contentLength, etag: plainEtag(etag), lastModified };
}

export function answerOf(answer: BlobDownloadResponseParsed, bucket: string, key: string): ObjectAnswer {
  const { contentRange, contentMD5 } = answer;
  return {
    info: infoOf(key, answer),
    length: answer.contentLength ?? 0,
    body: answer.readableStreamBody as Readable,
    // Of a range it would be that of the range.
    check:
      contentRange === undefined && contentMD5 ? checkOf(Buffer.from(contentMD5), bucket, key) : undefined,
  };
}

function checkOf(known: Buffer, bucket: string, key: string): Check {
  const hash = createHash('md5');
  return {
    update: (chunk) => void hash.update(chunk),
    done: () => {
      const found = hash.digest();
      if (found.equals(known)) return;
      const [came, wanted] = [found, known].map((sum) => sum.toString('base64'));
      const what = `${quote(key)} in bucket ${quote(bucket)}`;
      throw new StorageError('corrupt', `${what} came with the MD5 ${came}, not ${wanted}`, { bucket, key });
    },
  };
}
