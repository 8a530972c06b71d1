import { forEachAtOnce } from '../network/at-once.ts';
import type { SwiftWire } from './client.ts';
import { statusOf } from './errors.ts';

const REQUESTS_AT_ONCE = 8;
/** A server deletes what one request names two at a time, and answers when all are gone. */
const KEYS_A_REQUEST = 200;

interface BulkAnswer {
  readonly 'Number Deleted'?: number;
  readonly 'Response Status'?: string;
  readonly Errors?: readonly (readonly [path: string, status: string])[];
}

/** Deletes what there is of the keys. How many those were, where that is known. */
export async function deleteTogether(
  wire: SwiftWire,
  bucket: string,
  keys: readonly string[],
  signal: AbortSignal | undefined,
): Promise<number> {
  let deleted = 0;
  const alone = async (key: string, stop: AbortSignal): Promise<void> => {
    if (await deleteOne(wire, bucket, key, stop)) deleted++;
  };
  const batches = Array.from({ length: Math.ceil(keys.length / KEYS_A_REQUEST) }, (_, i) =>
    keys.slice(i * KEYS_A_REQUEST, (i + 1) * KEYS_A_REQUEST),
  );
  await forEachAtOnce(batches, REQUESTS_AT_ONCE, signal, async (batch, stop) => {
    const answer = batch.length === 1 ? undefined : await bulk(wire, bucket, batch, stop);
    // Without the middleware, or where it could not do it all, each for itself, with its own answer.
    if (answer === undefined) await forEachAtOnce(batch, REQUESTS_AT_ONCE, stop, alone);
    else deleted += answer;
  });
  return deleted;
}

/** @returns whether it was there */
export async function deleteOne(
  wire: SwiftWire,
  bucket: string,
  key: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    await wire.headers({ method: 'DELETE', bucket, key, signal });
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    throw error;
  }
}

async function bulk(
  wire: SwiftWire,
  bucket: string,
  keys: readonly string[],
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  const paths = keys.map((key) => `/${encodeURIComponent(bucket)}/${encodeURIComponent(key)}`);
  const headers = { 'content-type': 'text/plain', accept: 'application/json' };
  const body = [Buffer.from(paths.join('\n'))];
  const text = await wire.text({ method: 'POST', query: { 'bulk-delete': '' }, headers, body, signal });
  // An account without the middleware takes the request for another one, and answers with nothing.
  if (text.trim() === '') return undefined;
  const answer = JSON.parse(text) as BulkAnswer;
  const whole = answer.Errors?.length === 0 && answer['Response Status']?.startsWith('200');
  return whole ? (answer['Number Deleted'] ?? 0) : undefined;
}
