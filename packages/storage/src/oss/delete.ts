import { deleteInBatches } from '../s3/delete-in-batches.ts';
import type { OssWire } from './client.ts';

/** Deletes what there is of the keys. */
export function deleteKeys(
  wire: OssWire,
  bucket: string,
  keys: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  return deleteInBatches(keys, signal, {
    one: (key, stop) => wire.run<unknown>(bucket, stop, (client) => client.delete(key)),
    many: (batch, stop) =>
      wire.run<unknown>(bucket, stop, (client) => client.deleteMulti([...batch], { quiet: true })),
  });
}
