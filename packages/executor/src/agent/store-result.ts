import type { Encoded } from '@skein/codec';
import type { Storage } from '@skein/storage';
import { patiently } from '../patience.ts';
import { callIdOf, type JobDescription, keys, type Place } from '../wire/payload.ts';

/** A result too large for its status becomes an object. Each attempt writes its own: none overwrites another's. */
export async function storeResult(
  storage: Storage,
  bucket: string,
  { prefix, jobId }: JobDescription,
  index: number,
  attempt: number,
  encoded: Encoded,
): Promise<Place> {
  const key = keys.result(prefix, jobId, callIdOf(index), attempt);
  const bytes = encoded.toBytes();
  await patiently(() => storage.putObject(bucket, key, bytes));
  return { kind: 'object', key };
}
