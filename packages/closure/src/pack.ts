import { bundle } from './bundle/bundle.ts';
import type { BundleOptions } from './bundle/types.ts';
import { KnownValues } from './capture/known-values.ts';
import { type CaptureOptions, captureValue } from './capture.ts';
import { emitWarning, warnOnce } from './warnings.ts';

/** Options of {@link pack}. */
export interface PackOptions extends CaptureOptions, BundleOptions {}

/**
 * Any value with the code of the functions and classes in it, in one message for another process: what
 * `cloudpickle.dumps` is to Python. `unpack` is the inverse. Captures at once; bundles meanwhile.
 *
 * @throws CaptureError (rejects) with the path to a value that cannot travel.
 */
export async function pack(value: unknown, options: PackOptions = {}): Promise<Uint8Array> {
  const root = options.name ?? (typeof value === 'function' && value.name !== '' ? value.name : 'value');
  const { encoded, code, warnings } = captureValue(value, new KnownValues(), 0, { ...options, root });
  warnOnce(warnings, options.warn ?? emitWarning);
  const { bytes } = await bundle({ code, values: encoded }, options);
  return bytes;
}
