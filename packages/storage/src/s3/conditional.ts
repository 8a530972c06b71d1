/** Conditional writes as services that speak S3 answer them. */
import type { DriverPut, Metadata } from '../driver.ts';
import { type ConditionalWrite, writeIf } from '../network/conditional.ts';
import { errorName, statusOf } from './errors.ts';

/** See {@link writeIf}. */
export function conditionalWrite(
  place: { readonly bucket: string; readonly key: string },
  options: DriverPut,
  write: (metadata: Metadata) => Promise<string>,
  find: ConditionalWrite['find'],
): Promise<string> {
  return writeIf({ ...place, options, write, find, isRefusal: (error) => isRefusal(error, options) });
}

/** A write that replaces what is not there is answered by 404 at AWS. */
function isRefusal(error: unknown, { ifMatch }: DriverPut): boolean {
  if (statusOf(error) === 412 || errorName(error) === 'PreconditionFailed') return true;
  return ifMatch !== undefined && errorName(error) === 'NoSuchKey';
}

/** Etags are told without their quotation marks. */
export function plainEtag(etag: string | undefined): string {
  return (etag ?? '').replace(/^"|"$/g, '');
}

export function quotedEtag(etag: string): string {
  return `"${etag}"`;
}
