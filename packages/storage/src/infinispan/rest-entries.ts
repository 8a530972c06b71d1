import { NoSuchBucketError, StorageError } from '../errors.ts';
import type { Entries, Entry, Place } from './entries.ts';
import { type InfinispanRest, type RestAnswer, type RestRequest, saysNoCache } from './rest.ts';

const BYTES = 'application/octet-stream';

/** Entries by REST. It has no conditional replacement: its PUT does not look at If-Match. */
export class RestEntries implements Entries {
  readonly #rest: InfinispanRest;

  constructor(rest: InfinispanRest) {
    this.#rest = rest;
  }

  async get(place: Place, signal: AbortSignal | undefined): Promise<Entry | undefined> {
    const answer = await this.#send('GET', place, { headers: { accept: BYTES }, signal });
    return answer.status === 404 ? undefined : { value: answer.body };
  }

  async put(place: Place, value: string | Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    await this.#send('PUT', place, written(value, signal));
  }

  /** An entry that is gone after so many seconds. */
  async putFor(place: Place, value: string, seconds: number): Promise<void> {
    const { headers, body } = written(value, undefined);
    await this.#send('PUT', place, { body, headers: { ...headers, timeToLiveSeconds: String(seconds) } });
  }

  async remove(place: Place, signal: AbortSignal | undefined): Promise<void> {
    await this.#send('DELETE', place, { signal });
  }

  async close(): Promise<void> {
    this.#rest.close();
  }

  async #send(
    method: RestRequest['method'],
    { bucket, name }: Place,
    request: Pick<RestRequest, 'headers' | 'body' | 'signal'>,
  ): Promise<RestAnswer> {
    const path = `caches/${encodeURIComponent(bucket)}/${name}`;
    const answer = await this.#rest.send({ ...request, method, path, bucket });
    if (saysNoCache(answer)) throw new NoSuchBucketError(bucket);
    if (answer.status === 404 && method !== 'GET' && method !== 'DELETE')
      throw new StorageError('io', `infinispan answered 404 to ${method} ${path}`, { bucket });
    return answer;
  }
}

function written(
  value: string | Uint8Array,
  signal: AbortSignal | undefined,
): { headers: Record<string, string>; body: Uint8Array; signal: AbortSignal | undefined } {
  const body = typeof value === 'string' ? Buffer.from(value) : value;
  return { headers: { 'content-type': BYTES }, body, signal };
}
