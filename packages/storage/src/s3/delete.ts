import { StorageError } from '../errors.ts';
import { endedBy, type S3 } from './client.ts';

/** What DeleteObjects takes. */
const KEYS_A_REQUEST = 1000;
const REQUESTS_AT_ONCE = 8;

/** Deletes what there is of the keys, in as few requests as can be; the first that is refused is the error. */
export async function deleteKeys(
  { sdk, client }: S3,
  bucket: string,
  keys: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const one = async (key: string): Promise<void> => {
    await client.send(new sdk.DeleteObjectCommand({ Bucket: bucket, Key: key }), endedBy(signal));
  };
  const many = async (batch: readonly string[]): Promise<void> => {
    const answer = await client.send(
      new sdk.DeleteObjectsCommand({
        Bucket: bucket,
        Delete: { Quiet: true, Objects: batch.map((Key) => ({ Key })) },
      }),
      endedBy(signal),
    );
    const [refused] = answer.Errors ?? [];
    if (refused) {
      const { Key: key, Code: code = 'Error', Message: message = '' } = refused;
      throw new StorageError('io', `deleting failed: ${code} ${message}`, { bucket, key, cause: refused });
    }
  };
  // The request's XML holds some characters only altered, others not at all.
  const single = keys.length === 1 ? keys : keys.filter((key) => NOT_IN_XML.test(key));
  const together = keys.length === 1 ? [] : keys.filter((key) => !NOT_IN_XML.test(key));
  const tasks = single.map((key) => () => one(key));
  for (let i = 0; i < together.length; i += KEYS_A_REQUEST) {
    const batch = together.slice(i, i + KEYS_A_REQUEST);
    tasks.push(() => many(batch));
  }
  const next = tasks.values();
  const worker = async (): Promise<void> => {
    for (const task of next) await task();
  };
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, worker));
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
const NOT_IN_XML = /[\0-\x1f\x7f-\x9f\ufffe\uffff]/;
