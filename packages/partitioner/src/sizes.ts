import { nearest, size } from '@skein/config';
import { badArgument, PartitionError } from './errors.ts';

const SIZE = size();

/** Bytes of an option: a number, or text such as '64MiB'. */
export function bytesOf(what: string, value: unknown): number {
  const bytes = SIZE.parse(value);
  if (bytes === undefined || bytes < 1) throw badArgument(what, `${SIZE.expected}, at least 1`, value);
  return bytes;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Bytes for people: '32.5 MiB'. */
export function shownBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : Number(value.toFixed(1))} ${UNITS[power]}`;
}

/** A name that is not known, with the one that was probably meant. */
export function unknownName(what: string, name: string, known: readonly string[]): PartitionError {
  const near = nearest(name, known);
  const hint = near === undefined ? `known are ${known.join(', ')}` : `did you mean '${near}'?`;
  return new PartitionError('bad-argument', `${what} '${name}' is not known; ${hint}`);
}
