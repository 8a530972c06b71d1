import type { LoadableCode } from './import-bundle.ts';
import { LoadError } from './load-error.ts';

/*
 * A packed function, version 1, little-endian:
 *
 *   0  'SKNF'
 *   4  version, u32
 *   8  length of the header, u32
 *  12  length of the code, u32
 *  16  header: JSON { hash, externals, base }, UTF-8
 *      code, UTF-8
 *      zeros up to a multiple of 8, so that typed arrays within the values need not be moved
 *      values: the rest
 */
const magic = 0x464e4b53;
const version = 1;
const fixed = 16;
const alignment = 8;

/** Code and captured values in one message: what `load` takes. */
export function packBundle(code: LoadableCode, values: Uint8Array): Uint8Array<ArrayBuffer> {
  const { hash, externals, base } = code;
  const encoder = new TextEncoder();
  const header = encoder.encode(JSON.stringify({ hash, externals, base }));
  const text = encoder.encode(code.code);
  const start = alignedUp(fixed + header.length + text.length);
  const bytes = new Uint8Array(start + values.length);
  const view = new DataView(bytes.buffer);
  [magic, version, header.length, text.length].forEach((word, i) => {
    view.setUint32(i * 4, word, true);
  });
  bytes.set(header, fixed);
  bytes.set(text, fixed + header.length);
  bytes.set(values, start);
  return bytes;
}

/** The inverse of {@link packBundle}; the values are a view of `bytes`. The code's hash is checked when it is imported. */
export function unpackBundle(bytes: Uint8Array): { code: LoadableCode; values: Uint8Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < fixed || view.getUint32(0, true) !== magic)
    throw new LoadError('corrupt', `expected a packed function, got ${bytes.length} bytes of something else`);
  if (view.getUint32(4, true) !== version)
    throw new LoadError(
      'version',
      `the function was packed in version ${view.getUint32(4, true)} of the format; this is version ${version}`,
    );
  const codeStart = fixed + view.getUint32(8, true);
  const codeEnd = codeStart + view.getUint32(12, true);
  const start = alignedUp(codeEnd);
  if (start > bytes.length)
    throw new LoadError(
      'corrupt',
      `the packed function is cut off: ${bytes.length} bytes, expected at least ${start}`,
    );
  const { hash, externals, base } = headerOf(bytes.subarray(fixed, codeStart));
  const code = new TextDecoder().decode(bytes.subarray(codeStart, codeEnd));
  return { code: { hash, code, externals, base }, values: bytes.subarray(start) };
}

function headerOf(bytes: Uint8Array): Omit<LoadableCode, 'code'> {
  let header: Partial<LoadableCode>;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes)) as Partial<LoadableCode>;
  } catch (cause) {
    throw new LoadError('corrupt', 'the header of the packed function is damaged', { cause });
  }
  const { hash, externals, base } = header;
  if (
    typeof hash !== 'string' ||
    !Array.isArray(externals) ||
    (base !== undefined && typeof base !== 'string')
  )
    throw new LoadError(
      'corrupt',
      'the header of the packed function lacks the hash, the externals or the base',
    );
  return { hash, externals, base };
}

function alignedUp(length: number): number {
  return Math.ceil(length / alignment) * alignment;
}
