import { createHash, randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Body, DriverPut, Metadata } from '../driver.ts';
import { WRITE_ID } from '../network/conditional.ts';
import { toHeaders } from '../network/header-metadata.ts';
import { joined, type MultipartUpload, writeBody } from '../network/multipart.ts';
import { UNTYPED } from '../network/untyped.ts';
import { plainEtag, quotedEtag } from '../s3/conditional.ts';
import { MinioRefusal, type MinioWire } from './client.ts';
import { crc32Text, META } from './describe.ts';
import { completeRequest, textIn } from './xml.ts';

export interface WriteTarget {
  readonly bucket: string;
  readonly key: string;
  readonly partSize: number;
  readonly concurrency: number;
  readonly metadata: Metadata | undefined;
  readonly options: DriverPut;
}

export interface Written {
  readonly etag: string;
  readonly size: number;
}

interface PartReceipt {
  readonly number: number;
  readonly etag: string;
}

type Headers = Readonly<Record<string, string>>;

/** Writes an object in one request, or in parts that become one under the condition. */
export async function writeObject(wire: MinioWire, target: WriteTarget, body: Body): Promise<Written> {
  const { bucket, key, options, partSize, concurrency } = target;
  const { contentType = UNTYPED, signal } = options;
  const described = { 'content-type': contentType, ...metadataHeaders(target.metadata) };
  const conditions = {
    ...(options.ifNoneMatch !== undefined && { 'if-none-match': options.ifNoneMatch }),
    ...(options.ifMatch !== undefined && { 'if-match': quotedEtag(options.ifMatch) }),
  };
  return writeBody<PartReceipt, Written>(
    body,
    { partSize, concurrency, wholeSize: 2 * partSize, signal },
    {
      async whole(parts, size) {
        const bytes = joined(parts, size);
        const headers = { ...described, ...conditions, 'x-amz-checksum-crc32': crc32Text(crc32(bytes)) };
        const { etag } = await wire.headers({ method: 'PUT', bucket, key, headers, body: bytes, signal });
        return { etag: plainEtag(etag), size };
      },
      begin: () => beginUpload(wire, target, described, conditions),
    },
  );
}

/** An upload in parts. It has an identity, by which its object is recognised when the answer to its end was lost. */
async function beginUpload(
  wire: MinioWire,
  { bucket, key, options: { signal } }: WriteTarget,
  described: Headers,
  conditions: Headers,
): Promise<MultipartUpload<PartReceipt, Written>> {
  const place = { bucket, key };
  const idHeader = `${META}${WRITE_ID}`;
  const id = described[idHeader] ?? randomUUID();
  const headers = { ...described, [idHeader]: id };
  const begun = await wire.text({ method: 'POST', ...place, query: { uploads: '' }, headers, signal });
  const uploadId = textIn(begun, 'UploadId') ?? '';
  let size = 0;

  const finish = async (body: string): Promise<string> => {
    const text = await wire.text({
      method: 'POST',
      ...place,
      query: { uploadId },
      headers: conditions,
      body,
      signal,
    });
    const etag = textIn(text, 'ETag');
    if (etag !== undefined) return etag;
    // Parts are put together while the answer, which has begun as a good one, is kept open.
    throw new MinioRefusal(200, textIn(text, 'Code') ?? 'InternalError', textIn(text, 'Message') ?? '');
  };

  return {
    async send({ number, parts, size: length }, stop) {
      const bytes = joined(parts, length);
      const query = { partNumber: String(number), uploadId };
      const sum: Headers = wire.signsBodies
        ? {}
        : { 'content-md5': createHash('md5').update(bytes).digest('base64') };
      const { etag } = await wire.headers({
        ...{ method: 'PUT', ...place, query, headers: sum, body: bytes, signal: stop },
      });
      size += length;
      return { number, etag: plainEtag(etag) };
    },
    async complete(receipts) {
      try {
        return { etag: plainEtag(await finish(completeRequest(receipts))), size };
      } catch (error) {
        if (!(error instanceof MinioRefusal && error.code === 'NoSuchUpload')) throw error;
        const found = await wire.headers({ method: 'HEAD', ...place, signal });
        if (found[idHeader] !== id) throw error;
        return { etag: plainEtag(found.etag), size };
      }
    },
    async abort() {
      await wire.headers({ method: 'DELETE', ...place, query: { uploadId } });
    },
  };
}

function metadataHeaders(metadata: Metadata = {}): Headers {
  return Object.fromEntries(
    Object.entries(toHeaders(metadata)).map(([name, value]) => [`${META}${name}`, value]),
  );
}
