import type { Body, DriverPut } from '../driver.ts';
import { joined, writeBody } from '../network/multipart.ts';
import { UNTYPED } from '../network/untyped.ts';
import { endedBy, type S3 } from './client.ts';
import { plainEtag, quotedEtag } from './conditional.ts';

export interface WriteTarget {
  readonly bucket: string;
  readonly key: string;
  readonly contentType: string | undefined;
  readonly metadata: Record<string, string> | undefined;
  readonly conditions: Pick<DriverPut, 'ifMatch' | 'ifNoneMatch'>;
  readonly partSize: number;
  readonly concurrency: number;
  readonly signal: AbortSignal | undefined;
}

/** Writes an object in one request, or in parts that become one under the condition. */
export async function writeObject(
  { sdk, client }: S3,
  target: WriteTarget,
  body: Body,
): Promise<{ readonly etag: string; readonly size: number }> {
  const { bucket, key, metadata, contentType = UNTYPED, partSize, concurrency, signal } = target;
  const place = { Bucket: bucket, Key: key };
  const described = { ContentType: contentType, ...(metadata && { Metadata: metadata }) };
  const conditions = conditionsOf(target.conditions);
  let size = 0;
  return writeBody(
    body,
    { partSize, concurrency, wholeSize: 2 * partSize, signal },
    {
      async whole(parts, length) {
        const Body = joined(parts, length);
        const { ETag } = await client.send(
          new sdk.PutObjectCommand({ ...place, ...described, ...conditions, Body, ContentLength: length }),
          endedBy(signal),
        );
        return { etag: plainEtag(ETag), size: length };
      },
      async begin() {
        const { UploadId } = await client.send(
          new sdk.CreateMultipartUploadCommand({ ...place, ...described }),
          endedBy(signal),
        );
        const upload = { ...place, UploadId };
        return {
          async send(part, stop) {
            const Body = joined(part.parts, part.size);
            // Its signature holds a digest of it, which the service verifies.
            const { ETag } = await client.send(
              new sdk.UploadPartCommand({
                ...upload,
                PartNumber: part.number,
                Body,
                ContentLength: part.size,
              }),
              endedBy(stop),
            );
            size += part.size;
            return { PartNumber: part.number, ETag };
          },
          async complete(receipts) {
            const { ETag } = await client.send(
              new sdk.CompleteMultipartUploadCommand({
                ...{ ...upload, ...conditions, MultipartUpload: { Parts: [...receipts] } },
              }),
              endedBy(signal),
            );
            return { etag: plainEtag(ETag), size };
          },
          async abort() {
            await client.send(new sdk.AbortMultipartUploadCommand(upload));
          },
        };
      },
    },
  );
}

function conditionsOf({ ifNoneMatch, ifMatch }: WriteTarget['conditions']): {
  IfNoneMatch?: string;
  IfMatch?: string;
} {
  return {
    ...(ifNoneMatch !== undefined && { IfNoneMatch: ifNoneMatch }),
    ...(ifMatch !== undefined && { IfMatch: quotedEtag(ifMatch) }),
  };
}
