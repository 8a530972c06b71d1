/** AWS' SDK, as its documentation has it: requests for whole objects, and `Upload` of `lib-storage` for a stream. */
import { Readable } from 'node:stream';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { s3Server } from './server.ts';
import type { Store } from './store.ts';

const PART = 8 * 2 ** 20;

/** @param atOnce parts of a stream that are under way at a time; 1 reads it by one request */
export function sdkStore(atOnce: number): Store {
  const { bucket, endpoint, region, accessKeyId, secretAccessKey } = s3Server();
  const client = new S3Client({
    ...{ endpoint, region, credentials: { accessKeyId, secretAccessKey }, forcePathStyle: true },
    requestHandler: { httpAgent: { maxSockets: 256, keepAlive: true } },
  });
  const get = async (key: string, range?: string): Promise<Uint8Array> => {
    const { Body } = await client.send(
      new GetObjectCommand({ Bucket: bucket, Key: key, ...(range && { Range: range }) }),
    );
    return Body!.transformToByteArray();
  };
  return {
    write: (key, body) => client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body })),
    read: (key) => get(key),
    writeStream: (key, pieces) =>
      new Upload({
        client,
        params: { Bucket: bucket, Key: key, Body: Readable.from(pieces, { objectMode: false }) },
        queueSize: atOnce,
        partSize: PART,
      }).done(),
    async readStream(key) {
      const whole = { Bucket: bucket, Key: key };
      if (atOnce > 1) {
        const { ContentLength = 0 } = await client.send(new HeadObjectCommand(whole));
        return inOrder(ContentLength, atOnce, (range) => get(key, range));
      }
      const { Body } = await client.send(new GetObjectCommand(whole));
      return Body as Readable;
    },
    async list(prefix) {
      const { Contents = [] } = await client.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }),
      );
      return Contents.map(({ Key = '', Size = 0 }) => ({ key: Key, size: Size }));
    },
    remove: (keys) =>
      client.send(
        new DeleteObjectsCommand({
          Bucket: bucket,
          Delete: { Objects: keys.map((key) => ({ Key: key })), Quiet: true },
        }),
      ),
    close: async () => client.destroy(),
  };
}

/** Ranges in their order, so many of them asked for ahead. */
async function* inOrder(
  length: number,
  atOnce: number,
  get: (range: string) => Promise<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const ahead: Promise<Uint8Array>[] = [];
  for (let next = 0; next < length || ahead.length > 0; ) {
    for (; next < length && ahead.length < atOnce; next += PART)
      ahead.push(get(`bytes=${next}-${Math.min(next + PART, length) - 1}`));
    yield await ahead.shift()!;
  }
}
