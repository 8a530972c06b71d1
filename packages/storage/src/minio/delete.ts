import { createHash } from 'node:crypto';
import { forEachAtOnce } from '../network/at-once.ts';
import { MinioRefusal, type MinioWire } from './client.ts';
import { deleteRequest, elements, fitsXml, textIn } from './xml.ts';

/** What DeleteObjects takes. */
const KEYS_A_REQUEST = 1000;
const REQUESTS_AT_ONCE = 8;

/** Deletes what there is of the keys, in as few requests as can be; the first that is refused is the error. */
export async function deleteKeys(
  wire: MinioWire,
  bucket: string,
  keys: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const alone = keys.length === 1 ? keys : keys.filter((key) => !fitsXml(key));
  const together = keys.length === 1 ? [] : keys.filter(fitsXml);
  const batches = Array.from({ length: Math.ceil(together.length / KEYS_A_REQUEST) }, (_, i) =>
    together.slice(i * KEYS_A_REQUEST, (i + 1) * KEYS_A_REQUEST),
  );
  await forEachAtOnce([...batches, ...alone], REQUESTS_AT_ONCE, signal, async (one, stop) => {
    if (typeof one !== 'string') return deleteTogether(wire, bucket, one, stop);
    await wire.headers({ method: 'DELETE', bucket, key: one, signal: stop });
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
