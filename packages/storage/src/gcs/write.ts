/**
 * Writing objects: what fits into a part in one request, what is larger by a resumable upload ("Resumable uploads" of the
 * reference). Its chunks go one after the other: the object appears with the last one, under its condition, and an upload that
 * is broken off leaves nothing that anybody sees or pays for. Parts that are sent side by side and composed would lie in
 * the bucket as objects meanwhile, for ever if their writer dies, and would cost the object its MD5.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { Body } from '../driver.ts';
import { StorageError } from '../errors.ts';
import { type Part, partsOf } from '../network/multipart.ts';
import { ResumableUpload } from './resumable.ts';
import type { GcsService } from './service.ts';
import { beginning, described, type WriteResult, type WriteTarget } from './target.ts';

export interface Written {
  readonly etag: string;
  readonly size: number;
}

/** All chunks but the last one are multiples of this. */
export const CHUNK_UNIT: number = 256 * 1024;

export async function writeObject(service: GcsService, target: WriteTarget, body: Body): Promise<Written> {
  if (body.kind === 'bytes' && body.size <= target.partSize)
    return writeWhole(service, target, body.parts, body.size);
  // Any number of chunks will do.
  const parts = partsOf(body, { partSize: target.partSize, maxParts: Number.POSITIVE_INFINITY });
  try {
    const first = await parts.next();
    if (first.done) return await writeWhole(service, target, [], 0);
    const second = await parts.next();
    if (second.done) return await writeWhole(service, target, first.value.parts, first.value.size);
    return await writeChunks(service, target, [first.value, second.value], parts);
  } finally {
    // Not awaited: a source that is stuck would not answer.
    void parts.return(undefined).catch(() => {});
  }
}

/** One request, of which the first part describes the object and the second one is it. */
async function writeWhole(
  service: GcsService,
  target: WriteTarget,
  parts: readonly Uint8Array[],
  size: number,
): Promise<Written> {
  const hash = createHash('md5');
  for (const part of parts) hash.update(part);
  const md5Hash = hash.digest('base64');
  const description = { ...described(target), md5Hash };
  const boundary = randomUUID();
  const head =
    `--${boundary}\r\ncontent-type: application/json; charset=utf-8\r\n\r\n` +
    `${JSON.stringify(description)}\r\n` +
    `--${boundary}\r\ncontent-type: ${description.contentType}\r\n\r\n`;
  const result = await service.call<WriteResult>({
    ...beginning(target, 'multipart'),
    headers: { 'content-type': `multipart/related; boundary=${boundary}` },
    body: [Buffer.from(head), ...parts, Buffer.from(`\r\n--${boundary}--`)],
  });
  return written(result, md5Hash, size, target);
}

/** While a chunk is on its way the next one but one is read: three of them are in memory. */
async function writeChunks(
  service: GcsService,
  target: WriteTarget,
  [first, second]: readonly [Part, Part],
  rest: AsyncGenerator<Part, undefined>,
): Promise<Written> {
  const stop = new AbortController();
  const signal = target.signal ? AbortSignal.any([target.signal, stop.signal]) : stop.signal;
  const upload = await ResumableUpload.begin(service, target);
  try {
    let result: Promise<WriteResult | undefined> = upload.send(first, false, signal);
    for (let next: Part | undefined = second; next !== undefined; ) {
      const [, after] = await Promise.all([result, rest.next()]);
      result = upload.send(next, after.done === true, signal);
      next = after.done ? undefined : after.value;
    }
    return written(await result, upload.md5, upload.size, target);
  } catch (error) {
    stop.abort(error);
    void upload.cancel();
    throw error;
  }
}

/** The service has compared the MD5; one that does not is found out here. */
function written(
  result: WriteResult | undefined,
  md5: string,
  size: number,
  { bucket }: WriteTarget,
): Written {
  if (result?.generation === undefined)
    throw new StorageError('io', 'the service told no generation of what was written', { bucket });
  if ((result.md5Hash ?? md5) !== md5 || Number(result.size) !== size)
    throw new StorageError('corrupt', `the service has stored other bytes than the ${size} that were sent`, {
      bucket,
    });
  return { etag: result.generation, size };
}
