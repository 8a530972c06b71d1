import { forEachAtOnce } from '../network/at-once.ts';

/** What requests for many keys take, at AWS and Alibaba alike. */
const KEYS_A_REQUEST = 1000;
const REQUESTS_AT_ONCE = 8;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
const NOT_IN_XML = /[\0-\x1f\x7f-\x9f\ufffe\uffff]/;

export interface KeyRemoval {
  one(key: string, signal: AbortSignal): Promise<unknown>;
  many(keys: readonly string[], signal: AbortSignal): Promise<unknown>;
}

/**
 * Deletes keys in as few requests as can be; the first that is refused is the error. A request for many is XML, which
 * holds some characters only altered and others not at all: such keys go alone.
 */
export async function deleteInBatches(
  keys: readonly string[],
  signal: AbortSignal | undefined,
  removal: KeyRemoval,
): Promise<void> {
  const isAlone = (key: string): boolean => keys.length === 1 || NOT_IN_XML.test(key);
  const together = keys.filter((key) => !isAlone(key));
  const batches = Array.from({ length: Math.ceil(together.length / KEYS_A_REQUEST) }, (_, i) =>
    together.slice(i * KEYS_A_REQUEST, (i + 1) * KEYS_A_REQUEST),
  );
  await forEachAtOnce([...batches, ...keys.filter(isAlone)], REQUESTS_AT_ONCE, signal, (one, stop) =>
    typeof one === 'string' ? removal.one(one, stop) : removal.many(one, stop),
  );
}
