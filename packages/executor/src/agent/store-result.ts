import type { Encoded } from '@skein/codec';
import type { Storage } from '@skein/storage';
import { type AgentPayload, callIdOf, keys, type Place } from '../wire/payload.ts';

/** A result too large for its status becomes an object. Each attempt writes its own: none overwrites another's. */
export async function storeResult(
  storage: Storage,
  payload: AgentPayload,
  jobId: string,
  index: number,
  attempt: number,
  encoded: Encoded,
): Promise<Place> {
  const key = keys.result(payload.prefix, jobId, callIdOf(index), attempt);
  await storage.putObject(payload.bucket, key, encoded.toBytes());
  return { kind: 'object', key };
}
