import { createHash } from 'node:crypto';
import { deleteInBatches } from '../s3/delete-in-batches.ts';
import { MinioRefusal, type MinioWire } from './client.ts';
import { deleteRequest, elements, textIn } from './xml.ts';

/** Deletes what there is of the keys. */
export function deleteKeys(
  wire: MinioWire,
  bucket: string,
  keys: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  return deleteInBatches(keys, signal, {
    one: (key, stop) => wire.headers({ method: 'DELETE', bucket, key, signal: stop }),
    many: (batch, stop) => deleteTogether(wire, bucket, batch, stop),
  });
}

async function deleteTogether(
  wire: MinioWire,
  bucket: string,
  keys: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const body = deleteRequest(keys);
  const headers = { 'content-md5': createHash('md5').update(body).digest('base64') };
  const answer = await wire.text({
    ...{ method: 'POST', bucket, query: { delete: '' }, headers, body: Buffer.from(body), signal },
  });
  for (const refused of elements(answer, 'Error')) {
    const code = textIn(refused, 'Code') ?? 'InternalError';
    if (code !== 'NoSuchKey') throw new MinioRefusal(200, code, textIn(refused, 'Message') ?? '');
  }
}
