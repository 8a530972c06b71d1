import { UsageError } from '../usage-error.ts';

/** The bucket of keys that name none. */
export const defaultBucket = 'skein';

export interface Place {
  readonly bucket: string;
  readonly key: string;
}

/** 'bucket/key', or a key of the default bucket. */
export function parsePlace(text: string): Place {
  const slash = text.indexOf('/');
  const place =
    slash < 0
      ? { bucket: defaultBucket, key: text }
      : { bucket: text.slice(0, slash), key: text.slice(slash + 1) };
  if (place.bucket === '' || place.key === '')
    throw new UsageError(`expected an object as 'bucket/key' or 'key', not '${text}'`);
  return place;
}

/** 'bucket', 'bucket/' or 'bucket/beginning-of-keys'. */
export function parsePrefix(text: string): { readonly bucket: string; readonly prefix: string } {
  const slash = text.indexOf('/');
  const bucket = slash < 0 ? text : text.slice(0, slash);
  if (bucket === '') throw new UsageError(`expected 'bucket' or 'bucket/prefix', not '${text}'`);
  return { bucket, prefix: slash < 0 ? '' : text.slice(slash + 1) };
}
