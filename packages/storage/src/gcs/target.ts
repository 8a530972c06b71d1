import type { Metadata } from '../driver.ts';
import { badArgument } from '../errors.ts';
import { toHeaders } from '../network/header-metadata.ts';
import { UNTYPED } from '../network/untyped.ts';
import type { GcsResource } from './resource.ts';
import type { GcsRequest } from './service.ts';

/** What is to be written, but for its bytes. */
export interface WriteTarget {
  readonly bucket: string;
  readonly name: string;
  readonly contentType: string | undefined;
  readonly metadata: Metadata | undefined;
  /** Write only where the object's generation is this one; '0': only where there is none. */
  readonly ifGenerationMatch: string | undefined;
  readonly partSize: number;
  readonly signal: AbortSignal | undefined;
}

/** What the service tells of an object that it has made. */
export type WriteResult = Pick<GcsResource, 'generation' | 'md5Hash' | 'size'>;

export const RESULT_FIELDS = 'generation,md5Hash,size';

/** The request that makes an object, or begins to. */
export function beginning(
  { bucket, ifGenerationMatch, signal }: WriteTarget,
  uploadType: 'multipart' | 'resumable',
): Pick<GcsRequest, 'method' | 'to' | 'query' | 'signal'> {
  const to = `/upload/storage/v1/b/${encodeURIComponent(bucket)}/o`;
  return { method: 'POST', to, query: { uploadType, ifGenerationMatch, fields: RESULT_FIELDS }, signal };
}

/** The object as the JSON API describes it. */
export function described({ name, contentType = UNTYPED, metadata }: WriteTarget): {
  readonly name: string;
  readonly contentType: string;
  readonly metadata: Metadata | undefined;
} {
  // It is told in a header as well, where a line of its own could be hidden in it.
  if (NO_HEADER.test(contentType))
    throw badArgument('contentType', 'text without control characters', contentType);
  // In the encoding in which a download tells it.
  return { name, contentType, metadata: metadata && toHeaders(metadata) };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
const NO_HEADER = /[\0-\x1f\x7f]/;
