/** What unpacks buffers of compressed Arrow files, of which `apache-arrow` has none itself. */
import zlib from 'node:zlib';
import { PartitionError } from '../errors.ts';
import { loadPackage } from '../optional-package.ts';
import type { Arrow } from './load.ts';

/** Unpacks into as many bytes as are told. */
export type Decode = (packed: Uint8Array, length: number) => Uint8Array;

/**
 * The codec that the program has registered with `apache-arrow`, else Node's, else that of an optional package.
 *
 * @throws {PartitionError} `missing-package`, which says what to install
 */
export async function loadCodec(arrow: Arrow, type: number): Promise<Decode> {
  const { CompressionType, compressionRegistry } = arrow;
  const registered = compressionRegistry.get(type)?.decode;
  if (registered !== undefined) return registered;
  if (type === CompressionType.LZ4_FRAME) {
    const lz4 = await loadPackage<typeof import('lz4-napi')>(
      'lz4-napi',
      'Arrow files with LZ4 are unpacked by',
    );
    return (packed) => lz4.decompressFrameSync(asBuffer(packed));
  }
  if (type === CompressionType.ZSTD) return loadZstd('Arrow files with zstd are unpacked by');
  throw new PartitionError(
    'unsupported',
    `compression ${type} of Arrow is not known: known are LZ4 frames and zstd`,
  );
}

/** Node has it from 22.15 on, which is several times as fast. */
export async function loadZstd(use: string): Promise<Decode> {
  if ('zstdDecompressSync' in zlib) return zlib.zstdDecompressSync as Decode;
  const { ZSTDDecoder } = await loadPackage<typeof import('zstddec')>('zstddec', use);
  const decoder = new ZSTDDecoder();
  await decoder.init();
  return (packed, length) => decoder.decode(packed, tellsLength(packed) ? 0 : length);
}

/** Whether the frame itself tells how long it is unpacked. https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.1.1 */
function tellsLength(frame: Uint8Array): boolean {
  return ((frame[4] ?? 0) & 0b1110_0000) !== 0;
}

/**
 * The buffer of a message: its length unpacked, 64 bits, or -1 where it is not packed; and what it holds. The writer of
 * `apache-arrow` gives the packed length instead: a column is checked for how long its buffers have to be.
 */
export function unpackBuffer(buffer: Uint8Array, decode: Decode): Uint8Array {
  if (buffer.length === 0) return buffer;
  const length = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength).getBigInt64(0, true);
  const packed = buffer.subarray(8);
  if (length === -1n) return packed;
  const unpacked = decode(packed, Number(length));
  if (BigInt(unpacked.length) < length)
    throw new Error(`a buffer of ${length} bytes has been unpacked to ${unpacked.length}`);
  return unpacked;
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
