/** What unpacks pages: Node itself where it can, a kernel for Snappy, else `hyparquet-compressors`. */
import zlib from 'node:zlib';
import type { CompressionCodec } from 'hyparquet';
import { type Decode, loadZstd } from '../arrow/codecs.ts';
import { PartitionError } from '../errors.ts';
import { loadPackage } from '../optional-package.ts';
import { uncompressSnappy } from './snappy.ts';

/** @returns what unpacks into memory that is there until it is called again, at least */
export async function loadCodec(name: string, codec: CompressionCodec): Promise<Decode> {
  switch (codec) {
    case 'UNCOMPRESSED':
      return (packed) => packed;
    case 'GZIP':
      return (packed) => zlib.gunzipSync(packed);
    case 'BROTLI':
      return (packed) => zlib.brotliDecompressSync(packed);
    case 'ZSTD':
      return loadZstd('Parquet with zstd is unpacked by');
    case 'SNAPPY':
      return uncompressSnappy;
    case 'LZ4':
    case 'LZ4_RAW':
      return ofLibrary(codec);
    default:
      throw new PartitionError(
        'unsupported',
        `${name}: the compression ${codec} of Parquet is not supported`,
        { object: name },
      );
  }
}

async function ofLibrary(codec: CompressionCodec): Promise<Decode> {
  const use = `Parquet with ${codec} is unpacked by`;
  const { compressors } = await loadPackage<typeof import('hyparquet-compressors')>(
    'hyparquet-compressors',
    use,
  );
  const unpack = compressors[codec];
  if (unpack === undefined)
    throw new PartitionError('unsupported', `hyparquet-compressors cannot unpack ${codec}`);
  return unpack;
}
