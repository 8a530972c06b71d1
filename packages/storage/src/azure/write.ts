/** Writing blobs: what fits into a part in one request, what is larger in blocks that become a blob together. */
import { createHash, randomBytes } from 'node:crypto';
import type { Body, Metadata } from '../driver.ts';
import { StorageError } from '../errors.ts';
import { joined, type MultipartUpload, writeBody } from '../network/multipart.ts';
import { UNTYPED } from '../network/untyped.ts';
import { AzureRefusal } from './errors.ts';
import { toBlobMetadata } from './metadata.ts';
import type { AzureService } from './service.ts';

export interface WriteTarget {
  readonly bucket: string;
  readonly key: string;
  readonly contentType: string | undefined;
  readonly metadata: Metadata | undefined;
  readonly conditions: { readonly ifNoneMatch?: string; readonly ifMatch?: string };
  readonly partSize: number;
  readonly concurrency: number;
  readonly signal: AbortSignal | undefined;
}

export interface Written {
  readonly etag: string;
  readonly size: number;
}

/** Of one blob. */
const MAX_BLOCKS = 50_000;

export function writeBlob(service: AzureService, target: WriteTarget, body: Body): Promise<Written> {
  const { bucket, key, conditions, partSize, concurrency, signal } = target;
  const plan = { partSize, concurrency, maxParts: MAX_BLOCKS, signal };
  const blob = service.blob(bucket, key);
  const described = {
    conditions,
    metadata: toBlobMetadata(target.metadata ?? {}),
    ...endedBy(signal),
  };
  const blobContentType = target.contentType ?? UNTYPED;
  return writeBody<string, Written>(body, plan, {
    async whole(parts, size) {
      const bytes = joined(parts, size);
      const blobContentMD5 = md5(bytes);
      const blobHTTPHeaders = { blobContentType, blobContentMD5 };
      const answer = await service.call(
        () => blob.upload(bytes, size, { ...described, blobHTTPHeaders }),
        signal,
      );
      // The service's own sum, of what has come.
      if (answer.contentMD5 && !blobContentMD5.equals(answer.contentMD5))
        throw new StorageError('corrupt', `Azure has stored other bytes than the ${size} that were sent`, {
          bucket,
          key,
        });
      return { etag: plainEtag(answer.etag), size };
    },
    async begin(): Promise<MultipartUpload<string, Written>> {
      // Blocks of all who write to a name lie together until one of them commits his.
      const upload = randomBytes(12).toString('base64url');
      const hash = createHash('md5');
      let size = 0;
      return {
        async send(part, stop) {
          const bytes = joined(part.parts, part.size);
          // Called in the order of the parts, and not interrupted until here.
          hash.update(bytes);
          size += part.size;
          const id = Buffer.from(`${upload}${String(part.number).padStart(6, '0')}`).toString('base64');
          const options = { transactionalContentMD5: md5(bytes), ...endedBy(stop) };
          await service.call(() => blob.stageBlock(id, bytes, part.size, options), stop);
          return id;
        },
        async complete(ids) {
          // Kept with the blob, for those who read it; of a blob in blocks the service makes none itself.
          const blobHTTPHeaders = { blobContentType, blobContentMD5: hash.digest() };
          const options = { ...described, blobHTTPHeaders };
          const { etag } = await service
            .call(() => blob.commitBlockList([...ids], options), signal)
            .catch((error: unknown) => {
              throw blocksAreGone(error) ? overtaken(error) : error;
            });
          return { etag: plainEtag(etag), size };
        },
        // Blocks that nobody commits are removed by the service, within a week.
        abort: async () => {},
      };
    },
  });
}

/** Committing, or writing whole, removes the blocks of all others who write to the name. */
function blocksAreGone(error: unknown): boolean {
  return error instanceof AzureRefusal && error.code === 'InvalidBlockList';
}

function overtaken(cause: unknown): StorageError {
  return new StorageError(
    'busy',
    'another write of the same object was complete before this one: write it again',
    {
      cause,
    },
  );
}

function md5(bytes: Uint8Array): Buffer {
  return createHash('md5').update(bytes).digest();
}

/** The option of a request that a signal ends. */
export function endedBy(signal: AbortSignal | undefined): { readonly abortSignal?: AbortSignal } {
  return signal ? { abortSignal: signal } : {};
}

/** Listings tell etags without quotation marks, answers with them. */
export function plainEtag(etag: string | undefined): string {
  return (etag ?? '').replace(/^"|"$/g, '');
}

export function quotedEtag(etag: string): string {
  return `"${etag}"`;
}
