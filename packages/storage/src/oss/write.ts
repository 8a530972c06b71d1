import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Body, DriverPut, Metadata } from '../driver.ts';
import { WRITE_ID } from '../network/conditional.ts';
import { joined, type MultipartUpload, writeBody } from '../network/multipart.ts';
import { plainEtag } from '../s3/conditional.ts';
import { errorName } from '../s3/errors.ts';
import type { OssWire } from './client.ts';
import { describedBy, md5, writeIdOf } from './describe.ts';

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
export function writeObject(wire: OssWire, target: WriteTarget, body: Body): Promise<Written> {
  const { bucket, key, metadata, options, partSize, concurrency } = target;
  const { contentType, signal } = options;
  const condition: Headers = options.ifNoneMatch === undefined ? {} : { 'x-oss-forbid-overwrite': 'true' };
  return writeBody<PartReceipt, Written>(
    body,
    { partSize, concurrency, signal },
    {
      async whole(parts, size) {
        const bytes = bufferOf(joined(parts, size));
        const headers = { ...describedBy(contentType, metadata), ...condition, 'Content-MD5': md5(bytes) };
        const { res } = await wire.run(bucket, signal, (client) => client.put(key, bytes, { headers }));
        return { etag: etagOf(res), size };
      },
      begin: () => beginUpload(wire, target, condition),
    },
  );
}

/** An upload in parts. It has an identity, by which its object is recognised when the answer to its end was lost. */
async function beginUpload(
  wire: OssWire,
  { bucket, key, metadata, options: { contentType, signal } }: WriteTarget,
  condition: Headers,
): Promise<MultipartUpload<PartReceipt, Written>> {
  const id = metadata?.[WRITE_ID] ?? randomUUID();
  const headers = { ...describedBy(contentType, { ...metadata, [WRITE_ID]: id }), ...condition };
  const { uploadId } = await wire.run(bucket, signal, (client) =>
    client.initMultipartUpload(key, { headers }),
  );
  let size = 0;
  return {
    async send({ number, parts, size: length }, stop) {
      const bytes = bufferOf(joined(parts, length));
      // The types of the library know less than it takes.
      const sum: object = { headers: { 'Content-MD5': md5(bytes) } };
      const { etag } = await wire.run(bucket, stop, (client) =>
        client.uploadPart(key, uploadId, number, bytes, 0, length, sum),
      );
      size += length;
      return { number, etag };
    },
    async complete(receipts) {
      try {
        const parts = receipts.map(({ number, etag }) => ({ number, etag }));
        const { res } = await wire.run(bucket, signal, (client) =>
          client.completeMultipartUpload(key, uploadId, parts, { headers: { ...condition } }),
        );
        return { etag: etagOf(res), size };
      } catch (error) {
        if (errorName(error) !== 'NoSuchUpload') throw error;
        const { res } = await wire.run(bucket, signal, (client) => client.head(key));
        if (writeIdOf(headersOf(res)) !== id) throw error;
        return { etag: etagOf(res), size };
      }
    },
    async abort() {
      await wire.run(bucket, undefined, (client) => client.abortMultipartUpload(key, uploadId));
    },
  };
}

/** The library's types know less of an answer than it gives. */
export function headersOf(res: unknown): IncomingHttpHeaders {
  return (res as { readonly headers: IncomingHttpHeaders }).headers;
}

function etagOf(res: unknown): string {
  return plainEtag(headersOf(res).etag);
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
