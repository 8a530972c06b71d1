import { StorageError } from '../errors.ts';
import { endedBy, type S3 } from './client.ts';
import { deleteInBatches } from './delete-in-batches.ts';

/** Deletes what there is of the keys. */
export function deleteKeys(
  { sdk, client }: S3,
  bucket: string,
  keys: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  return deleteInBatches(keys, signal, {
    one: (key, stop) => client.send(new sdk.DeleteObjectCommand({ Bucket: bucket, Key: key }), endedBy(stop)),
    async many(batch, stop) {
      const answer = await client.send(
        new sdk.DeleteObjectsCommand({
          Bucket: bucket,
          Delete: { Quiet: true, Objects: batch.map((Key) => ({ Key })) },
        }),
        endedBy(stop),
      );
      const [refused] = answer.Errors ?? [];
      if (refused) {
        const { Key: key, Code: code = 'Error', Message: message = '' } = refused;
        throw new StorageError('io', `deleting failed: ${code} ${message}`, { bucket, key, cause: refused });
      }
    },
  });
}
