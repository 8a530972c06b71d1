import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import type { ObjectInfo } from '../driver.ts';
import { withoutWriteId } from '../network/conditional.ts';
import { fromHeaders } from '../network/header-metadata.ts';
import { UNTYPED } from '../network/untyped.ts';
import { plainEtag } from './conditional.ts';

/** What an answer's headers say of an object. */
export function infoOf(
  key: string,
  answer: Pick<
    GetObjectCommandOutput,
    'ContentLength' | 'ContentRange' | 'ETag' | 'LastModified' | 'ContentType' | 'Metadata'
  >,
): ObjectInfo {
  const total = /\/(\d+)$/.exec(answer.ContentRange ?? '')?.[1];
  return {
    key,
    size: total === undefined ? (answer.ContentLength ?? 0) : Number(total),
    etag: plainEtag(answer.ETag),
    lastModified: answer.LastModified ?? new Date(0),
    contentType: answer.ContentType === UNTYPED ? undefined : answer.ContentType,
    metadata: withoutWriteId(fromHeaders(answer.Metadata ?? {})),
  };
}
