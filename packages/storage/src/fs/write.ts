import { write, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Body } from '../driver.ts';
import { type ObjectPaths, storeError } from './layout.ts';

const writeAsync = promisify(write);

/** Small chunks are gathered up to this size: a trip through the thread pool costs more than copying them. */
const GATHER = 256 * 1024;

/** Bytes written at a time, so that a signal is heard in between. */
const PIECE = 8 * 1024 * 1024;

export function writeNow(fd: number, bytes: Uint8Array): void {
  let done = 0;
  while (done < bytes.byteLength) done += writeSync(fd, bytes, done);
}

/** Writes a body of any size, holding a gathering buffer and one chunk of it at a time. A failing source is passed on as it failed. */
export async function writeLater(
  fd: number,
  body: Body,
  object: ObjectPaths,
  signal: AbortSignal | undefined,
): Promise<void> {
  const save = async (bytes: Uint8Array): Promise<void> => {
    try {
      for (let done = 0; done < bytes.byteLength; ) {
        signal?.throwIfAborted();
        const { bytesWritten } = await writeAsync(
          fd,
          bytes,
          done,
          Math.min(PIECE, bytes.byteLength - done),
          null,
        );
        done += bytesWritten;
      }
    } catch (error) {
      throw storeError(error, 'writing', object.bucket.name, object.key);
    }
  };
  if (body.kind === 'bytes') {
    for (const part of body.parts) await save(part);
    return;
  }
  // Copied, because a source may use its buffer again for the next chunk.
  const gathered = Buffer.allocUnsafeSlow(GATHER);
  let size = 0;
  for await (const chunk of body.chunks) {
    if (size + chunk.byteLength > GATHER) {
      await save(gathered.subarray(0, size));
      size = 0;
    }
    if (chunk.byteLength >= GATHER) await save(chunk);
    else {
      gathered.set(chunk, size);
      size += chunk.byteLength;
    }
  }
  await save(gathered.subarray(0, size));
}
