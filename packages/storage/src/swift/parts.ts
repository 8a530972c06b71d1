/**
 * Objects in parts: "static large objects", lists of segments that lie in a container beside. The segments of an upload
 * have a name of their own, which the object knows; they go when it goes.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { DriverPut } from '../driver.ts';
import { StorageError } from '../errors.ts';
import type { MultipartUpload } from '../network/multipart.ts';
import type { SwiftWire } from './client.ts';
import { deleteTogether } from './delete.ts';
import { describedBy, plainEtag, type SwiftEntry } from './describe.ts';
import { statusOf } from './errors.ts';

export interface SegmentReceipt {
  readonly path: string;
  readonly etag: string;
  readonly size_bytes: number;
}

export interface Written {
  readonly etag: string;
  readonly size: number;
}

/** How many segments a list may have, where a server says nothing else. */
export const MAX_SEGMENTS = 1_000;

/** Before the names of segments, so that others' in the same container are told apart. */
const PREFIX = 'skein-parts/';

/** The container of a bucket's segments, named as Swift's own client does. */
export function segmentsOf(bucket: string): string {
  return `${bucket}_segments`;
}

export async function beginUpload(
  wire: SwiftWire,
  bucket: string,
  key: string,
  { contentType, metadata, signal }: DriverPut,
): Promise<MultipartUpload<SegmentReceipt, Written>> {
  const container = segmentsOf(bucket);
  const id = randomUUID();
  await wire.headers({ method: 'PUT', bucket: container, signal });
  return {
    async send({ number, parts, size }, stop) {
      const name = `${PREFIX}${id}/${String(number).padStart(8, '0')}`;
      const headers = { 'content-type': 'application/octet-stream', etag: md5(parts) };
      const { etag } = await wire.headers({
        ...{ method: 'PUT', bucket: container, key: name, headers, body: parts, signal: stop },
      });
      return { path: `/${container}/${name}`, etag: plainEtag(etag), size_bytes: size };
    },
    async complete(receipts) {
      const sum = md5([Buffer.from(receipts.map(({ etag }) => etag).join(''))]);
      const body = [Buffer.from(JSON.stringify(receipts))];
      const { etag } = await wire.headers({
        ...{ method: 'PUT', bucket, key, query: { 'multipart-manifest': 'put' } },
        headers: describedBy(contentType, metadata, id),
        ...{ body, signal },
      });
      if (plainEtag(etag) !== sum) throw await notUnderstood(wire, bucket, key);
      return { etag: sum, size: receipts.reduce((all, { size_bytes }) => all + size_bytes, 0) };
    },
    abort: () => dropParts(wire, bucket, id),
  };
}

/** A server without the middleware has stored the list itself. */
async function notUnderstood(wire: SwiftWire, bucket: string, key: string): Promise<StorageError> {
  await wire.headers({ method: 'DELETE', bucket, key });
  return new StorageError(
    'unsupported',
    'this Swift has no static large objects (the middleware slo): it cannot keep bodies larger than partSize',
    { bucket, key },
  );
}

/** Removes the segments of an upload; of all, when none is named. */
export async function dropParts(wire: SwiftWire, bucket: string, id?: string): Promise<void> {
  const container = segmentsOf(bucket);
  const prefix = id === undefined ? PREFIX : `${PREFIX}${id}/`;
  for (;;) {
    const keys = await namesIn(wire, container, prefix);
    if (keys.length === 0) return;
    await deleteTogether(wire, container, keys, undefined);
  }
}

/** Removes the container of segments, unless it holds what is not ours. */
export async function dropSegments(wire: SwiftWire, bucket: string): Promise<void> {
  await dropParts(wire, bucket);
  await wire.headers({ method: 'DELETE', bucket: segmentsOf(bucket) }).catch((error: unknown) => {
    if (statusOf(error) !== 404 && statusOf(error) !== 409) throw error;
  });
}

async function namesIn(wire: SwiftWire, bucket: string, prefix: string): Promise<string[]> {
  try {
    const query = { format: 'json', prefix, limit: '1000' };
    const entries = JSON.parse(await wire.text({ method: 'GET', bucket, query })) as readonly SwiftEntry[];
    return entries.flatMap((entry) => (entry.subdir === undefined ? [entry.name] : []));
  } catch (error) {
    if (statusOf(error) === 404) return [];
    throw error;
  }
}

export function md5(parts: readonly Uint8Array[]): string {
  const sum = createHash('md5');
  for (const part of parts) sum.update(part);
  return sum.digest('hex');
}
