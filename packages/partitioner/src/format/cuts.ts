import { PartitionError } from '../errors.ts';
import type { ByteSource } from '../source/byte-source.ts';
import type { Cut, Target } from './format.ts';

/** The end of what is not known to have one before it is read: all that comes. */
const OPEN_END = Number.MAX_SAFE_INTEGER;

/** Parts of an object: more than anybody wants, and few enough to be held in memory. */
const MOST_PARTS = 1_000_000;

/** All of an object as one part. */
export function wholeCut({ size }: ByteSource, note?: string): Cut {
  return { start: 0, end: size ?? OPEN_END, ...(note !== undefined && { note }) };
}

/** As many parts as the target asks for, whose lengths differ by one byte at most; an object of unknown size is one. */
export function evenCuts(source: ByteSource, target: Target): readonly Cut[] {
  const { size } = source;
  if (size === undefined) return [wholeCut(source, 'one part: its server gives no ranges')];
  const parts = partsOf(size, target);
  if (parts > MOST_PARTS) throw tooMany(source.name, size, parts);
  // Not start + size / parts: sums of fractions would drift.
  const at = (part: number): number => Math.floor((size / parts) * part);
  return Array.from({ length: parts }, (_, part) => ({
    start: at(part),
    end: part === parts - 1 ? size : at(part + 1),
  }));
}

function tooMany(object: string, size: number, parts: number): PartitionError {
  const message = `${object}, ${size} bytes, would be ${parts} parts, and ${MOST_PARTS} are the most: let parts be larger`;
  return new PartitionError('bad-argument', message, { object });
}

/** Never more than there are bytes: a part without any would have nothing to read. */
export function partsOf(size: number, target: Target): number {
  if (size === 0) return 1;
  return 'parts' in target ? Math.min(target.parts, size) : Math.ceil(size / target.bytes);
}
