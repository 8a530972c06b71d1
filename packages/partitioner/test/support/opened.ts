import type { Cut, Format, PartReader, Target } from '../../src/format/format.ts';
import type { ByteSource } from '../../src/source/byte-source.ts';

/** The readers of an object's parts, in order. */
export async function partsOf<O>(
  format: Format<O>,
  source: ByteSource,
  target: Target,
  options: O,
): Promise<readonly PartReader[]> {
  const cuts: readonly Cut[] = await format.cut(source, target, options);
  return cuts.map((cut) => format.open(source, cut, options));
}

/** What all parts give, one after another, in one list. */
export async function joined<T>(
  parts: readonly PartReader[],
  batches: (part: PartReader) => AsyncIterable<readonly T[]>,
): Promise<T[]> {
  const all: T[] = [];
  for (const part of parts) for await (const batch of batches(part)) all.push(...batch);
  return all;
}
