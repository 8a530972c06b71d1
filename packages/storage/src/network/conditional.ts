/**
 * Conditional writes whose answer may be lost. A request is sent again when its connection broke; when the first one had
 * been carried out, the service then answers that the condition does not hold. Each such write carries an identity in
 * its metadata, by which it is recognised as the one that has won.
 */
import { randomUUID } from 'node:crypto';
import type { DriverPut, Metadata } from '../driver.ts';
import { PreconditionFailedError } from '../errors.ts';

/** Among the metadata of an object: which conditional write made it. Not shown to users. */
export const WRITE_ID = 'skein-write';

export interface ConditionalWrite {
  readonly bucket: string;
  readonly key: string;
  readonly options: DriverPut;
  /** Makes the object with this metadata, and returns its etag. */
  write(metadata: Metadata): Promise<string>;
  /** What is there now, undefined when nothing is. */
  find(): Promise<{ readonly etag: string; readonly writeId: string | undefined } | undefined>;
  /** Whether an error of `write` says that the condition does not hold. */
  isRefusal(error: unknown): boolean;
}

export function isConditional({ ifNoneMatch, ifMatch }: DriverPut): boolean {
  return ifNoneMatch !== undefined || ifMatch !== undefined;
}

/** The etag of what was written. A refusal is looked into: it is a success when the object is what this very write made. */
export async function writeIf({
  bucket,
  key,
  options,
  write,
  find,
  isRefusal,
}: ConditionalWrite): Promise<string> {
  const id = randomUUID();
  try {
    return await write({ ...options.metadata, [WRITE_ID]: id });
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const found = await find();
    if (found?.writeId === id) return found.etag;
    throw new PreconditionFailedError(bucket, key, options, found?.etag);
  }
}

export function withoutWriteId({ [WRITE_ID]: _, ...metadata }: Metadata): Metadata {
  return metadata;
}
