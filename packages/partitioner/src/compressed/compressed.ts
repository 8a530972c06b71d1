import type { Json } from '@skein/codec';
import { malformed, PartitionError } from '../errors.ts';
import { evenCuts, partsOf, wholeCut } from '../format/cuts.ts';
import type { Cut, Format, PartReader, Target } from '../format/format.ts';
import type { Compression, ReadOptions } from '../options.ts';
import type { ByteSource } from '../source/byte-source.ts';
import { newlineOf } from '../text/newline.ts';
import { isBgzf } from './bgzf.ts';
import { gunzip } from './gzip.ts';
import { openMembers } from './members.ts';
import { PackedReader } from './packed-reader.ts';
import { readFrames, SeekableSource } from './seekable-zstd.ts';
import { type Unpack, UnpackedSource } from './unpacked-source.ts';
import { unzstd } from './zstd.ts';

/** What the places are from which a part is unpacked, in its cut's detail; of frames with what the inner format says there. */
type Detail = { readonly from: 'members' } | { readonly from: 'frames'; readonly inner: Json };

const UNPACK: Readonly<Record<Compression, Unpack>> = { gzip: gunzip, zstd: unzstd };

/** Formats that are cut by lines or records, wherever they are read from. */
const BY_RECORDS = ['csv', 'tsv'];
const BY_LINES = ['text', 'json-lines', ...BY_RECORDS];
/** Formats that are read from their end. */
const BY_FOOTER = ['arrow', 'parquet'];

/**
 * A format whose objects are packed. They are one part, unless there are places within them from where they can be unpacked:
 * the members of BGZF, in which cuts are positions in the packed bytes, and the frames of seekable zstd, in which they are
 * positions in the unpacked ones.
 */
export function compressed(inner: Format<ReadOptions>, kind: Compression): Format<ReadOptions> {
  const hasLines = BY_LINES.includes(inner.name);
  return {
    name: inner.name,
    async cut(source, target, options, signal) {
      refuseFooter(inner, kind, source);
      const whole = [wholeCut(source, `one part: ${kind} is unpacked from its beginning`)];
      if (!hasLines || source.size === undefined) return whole;
      const cuts =
        kind === 'zstd'
          ? frameCuts(inner, source, target, options, signal)
          : memberCuts(source, target, options, signal);
      return (await cuts) ?? whole;
    },
    open(source, cut, options) {
      refuseFooter(inner, kind, source);
      return new PackedReader((signal) => openPart(inner, kind, source, cut, options, signal));
    },
  };
}

async function memberCuts(
  source: ByteSource,
  target: Target,
  { newline, csv }: ReadOptions,
  signal?: AbortSignal,
): Promise<readonly Cut[] | undefined> {
  // A scan of quotes, and a newline that overlaps itself, need all that comes before.
  if (csv?.quotes === 'scan' || !newlineOf(newline).local) return undefined;
  const cuts = evenCuts(source, target);
  if (cuts.length === 1 || !(await isBgzf(source, signal))) return undefined;
  return cuts.map((cut, at) => ({
    ...cut,
    detail: { from: 'members' },
    ...(at === 0 && { note: 'by members of BGZF; positions are of the packed bytes' }),
  }));
}

async function frameCuts(
  inner: Format<ReadOptions>,
  source: ByteSource,
  target: Target,
  options: ReadOptions,
  signal?: AbortSignal,
): Promise<readonly Cut[] | undefined> {
  const frames = await readFrames(source, signal);
  if (frames === undefined) return undefined;
  const unpacked = new SeekableSource(source, frames);
  // Parts that begin in one frame would all unpack it.
  const parts = Math.min(partsOf(unpacked.size, target), frames.unpacked.length - 1);
  const cuts = await inner.cut(unpacked, { parts: Math.max(1, parts) }, options, signal);
  return cuts.map(({ detail = null, ...cut }, at) => ({
    ...cut,
    detail: { from: 'frames', inner: detail },
    ...(at === 0 && { note: 'by frames of zstd; positions are of the unpacked bytes' }),
  }));
}

/** Where a part's bytes come from, and which of them are its own. */
async function openPart(
  inner: Format<ReadOptions>,
  kind: Compression,
  source: ByteSource,
  { detail, ...cut }: Cut,
  options: ReadOptions,
  signal?: AbortSignal,
): Promise<PartReader> {
  const from = detail as Detail | undefined;
  switch (from?.from) {
    case 'members': {
      const lookBack = BY_RECORDS.includes(inner.name) ? 1 : newlineOf(options.newline).behind;
      const part = await openMembers(source, cut, lookBack, signal);
      return inner.open(part.source, part.cut, options);
    }
    case 'frames': {
      const frames = await readFrames(source, signal);
      if (frames === undefined) throw malformed(source.name, 'its table of zstd frames is gone');
      const own = from.inner === null ? cut : { ...cut, detail: from.inner };
      return inner.open(new SeekableSource(source, frames), own, options);
    }
    case undefined: {
      const unpacked = new UnpackedSource(source, (stop) => source.stream(0, undefined, stop), UNPACK[kind]);
      return inner.open(unpacked, wholeCut(unpacked), options);
    }
  }
}

/** Arrow and Parquet are read from their end, and pack their own columns. */
function refuseFooter({ name }: Format<ReadOptions>, kind: Compression, source: ByteSource): void {
  if (!BY_FOOTER.includes(name)) return;
  const message = `${source.name}: ${name} cannot be read within ${kind}: unpack it first; its columns may be packed instead`;
  throw new PartitionError('unsupported', message, { object: source.name });
}
