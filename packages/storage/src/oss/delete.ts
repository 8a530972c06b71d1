import { forEachAtOnce } from '../network/at-once.ts';
import type { OssWire } from './client.ts';

/** What DeleteMultipleObjects takes. */
const KEYS_A_REQUEST = 1_000;
const REQUESTS_AT_ONCE = 8;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
const NOT_IN_XML = /[\0-\x1f\x7f-\x9f\ufffe\uffff]/;

/** Deletes what there is of the keys, in as few requests as can be; the first that is refused is the error. */
export async function deleteKeys(
  wire: OssWire,
  bucket: string,
  keys: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const alone = keys.length === 1 ? keys : keys.filter((key) => NOT_IN_XML.test(key));
  const together = keys.length === 1 ? [] : keys.filter((key) => !NOT_IN_XML.test(key));
  const batches = Array.from({ length: Math.ceil(together.length / KEYS_A_REQUEST) }, (_, i) =>
    together.slice(i * KEYS_A_REQUEST, (i + 1) * KEYS_A_REQUEST),
  );
  await forEachAtOnce([...batches, ...alone], REQUESTS_AT_ONCE, signal, async (one, stop) => {
    await wire.run<unknown>(bucket, stop, (client) =>
      typeof one === 'string' ? client.delete(one) : client.deleteMulti([...one], { quiet: true }),
    );
  });
}
