import type { CodeFile, LoadableFile } from '../include/code-file.ts';
import type { LoadableCode } from './import-bundle.ts';
import { LoadError } from './load-error.ts';

/*
 * A packed function, version 2, little-endian:
 *
 *   0  'SKNF'
 *   4  version, u32
 *   8  length of the header, u32
 *  12  length of the code, u32
 *  16  header: JSON { hash, externals, base, files: [{ path, hash, size, executable }] }, UTF-8
 *      code, UTF-8
 *      files, one after the other
 *      zeros up to a multiple of 8, so that typed arrays within the values need not be moved
 *      values: the rest
 */
const magic = 0x464e4b53;
const version = 2;
const fixed = 16;
const alignment = 8;

/** Code and captured values in one message: what `load` takes. */
export function packBundle<File extends CodeFile>(
  code: Omit<LoadableCode, 'files'> & { readonly files?: readonly File[] | undefined },
  values: Uint8Array,
  read: (file: File) => Uint8Array,
): Uint8Array<ArrayBuffer> {
  const { hash, externals, base, files = [] } = code;
  const encoder = new TextEncoder();
  const rows = files.map(({ path, hash, size, executable }) => ({ path, hash, size, executable }));
  const header = encoder.encode(JSON.stringify({ hash, externals, base, files: rows }));
  const text = encoder.encode(code.code);
  const filesStart = fixed + header.length + text.length;
  const start = alignedUp(filesStart + total(files));
  const bytes = new Uint8Array(start + values.length);
  const view = new DataView(bytes.buffer);
  [magic, version, header.length, text.length].forEach((word, i) => {
    view.setUint32(i * 4, word, true);
  });
  bytes.set(header, fixed);
  bytes.set(text, fixed + header.length);
  let at = filesStart;
  for (const file of files) {
    bytes.set(read(file), at);
    at += file.size;
  }
  bytes.set(values, start);
  return bytes;
}

/** The inverse of {@link packBundle}; values and files are views of `bytes`. Hashes are checked when the code is imported. */
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
  if (codeEnd > bytes.length) throw cutOff(bytes.length, codeEnd);
  const { files, ...header } = headerOf(bytes.subarray(fixed, codeStart));
  const start = alignedUp(codeEnd + total(files));
  if (start > bytes.length) throw cutOff(bytes.length, start);
  let end = codeEnd;
  const loadable = files.map((file): LoadableFile => {
    const content = bytes.subarray(end, end + file.size);
    end += file.size;
    return { ...file, read: () => content };
  });
  const code = new TextDecoder().decode(bytes.subarray(codeStart, codeEnd));
  return { code: { ...header, code, files: loadable }, values: bytes.subarray(start) };
}

function cutOff(length: number, expected: number): LoadError {
  return new LoadError(
    'corrupt',
    `the packed function is cut off: ${length} bytes, expected at least ${expected}`,
  );
}

type Header = Omit<LoadableCode, 'code' | 'files'> & { readonly files: readonly CodeFile[] };

function headerOf(bytes: Uint8Array): Header {
  let header: Partial<Header>;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Header>;
  } catch (cause) {
    throw new LoadError('corrupt', 'the header of the packed function is damaged', { cause });
  }
  const { hash, externals, base, files } = header;
  if (
    typeof hash !== 'string' ||
    !Array.isArray(externals) ||
    !isFileList(files) ||
    (base !== undefined && typeof base !== 'string')
  )
    throw new LoadError(
      'corrupt',
      'the header of the packed function lacks the hash, the externals, the base or the files',
    );
  return { hash, externals, base, files };
}

function isFileList(files: unknown): files is readonly CodeFile[] {
  return (
    Array.isArray(files) &&
    files.every(
      ({ path, hash, size }: Partial<CodeFile>) =>
        typeof path === 'string' && typeof hash === 'string' && Number.isSafeInteger(size) && size! >= 0,
    )
  );
}

function total(files: readonly CodeFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

function alignedUp(length: number): number {
  return Math.ceil(length / alignment) * alignment;
}
