/**
 * Reads a node's data: the newest snapshot, and the log from there. A tail that is torn is cut off, for nobody has had an
 * answer that has seen it; anything else that is not as it was written is an error that says where.
 */
import type { ObjectType } from '../engine/object-type.ts';
import type { LogDisk } from './disk.ts';
import { DataError } from './errors.ts';
import { type Frame, readFrames, readSegmentHeader, SEGMENT_HEADER, type SegmentHeader } from './frames.ts';
import type { LogEnd } from './journal.ts';
import { readRecords } from './records.ts';
import { Replay } from './replay.ts';
import type { FoundSnapshot } from './snapshots.ts';

export interface Recovered {
  readonly replay: Replay;
  /** Segments that are needed, and their valid bytes. */
  readonly segments: ReadonlyMap<number, number>;
  /** What was cut off. */
  readonly torn: { readonly file: string; readonly offset: number; readonly bytes: number } | undefined;
}

/** @param end where the log is known to end at least. @throws {DataError} */
export async function recover(
  disk: LogDisk,
  snapshot: FoundSnapshot | undefined,
  types: ReadonlyMap<string, ObjectType>,
  end?: LogEnd,
): Promise<Recovered> {
  const replay = new Replay(types);
  for await (const record of snapshot?.records() ?? []) replay.begin(snapshot!.number, record);
  return replayLog(disk, replay, snapshot?.firstSegment ?? 1, end);
}

/** The same, without a snapshot to read first. */
export function replayLog(disk: LogDisk, replay: Replay, first: number, end?: LogEnd): Recovered {
  const segments = new Map<number, number>();
  const numbers = neededOf(disk, first, end);
  let torn: Recovered['torn'];
  let next = segmentOf(disk, numbers, 0);
  for (const [i, number] of numbers.entries()) {
    const { bytes, header } = next!;
    if (header === undefined) {
      // The last one, of which not even the header came to the disk.
      torn = { file: disk.nameOf(number), offset: 0, bytes: bytes.length };
      disk.remove(number);
      break;
    }
    next = segmentOf(disk, numbers, i + 1);
    const before = next?.header?.before;
    const { frames, end: valid, state } = readFrames(bytes, header.salt, before);
    const least = before ?? (end?.segment === number ? end.bytes : 0);
    if ((before !== undefined && state !== 'whole') || state === 'damaged' || valid < least)
      throw damagedAt(
        disk.nameOf(number),
        valid,
        'what follows was on the disk, and is not as it was written',
      );
    for (const frame of frames) take(replay, disk.nameOf(number), frame);
    segments.set(number, valid);
    if (state === 'torn') {
      torn = { file: disk.nameOf(number), offset: valid, bytes: bytes.length - valid };
      disk.truncate(number, valid);
    }
  }
  return { replay, segments, torn };
}

interface SegmentBytes {
  readonly bytes: Buffer;
  /** `undefined` of one that was being made when its process ended; only the last can be so. */
  readonly header: SegmentHeader | undefined;
}

function segmentOf(disk: LogDisk, numbers: readonly number[], at: number): SegmentBytes | undefined {
  const number = numbers[at];
  if (number === undefined) return undefined;
  const bytes = disk.read(number);
  return { bytes, header: headerOf(disk.nameOf(number), number, bytes, at === numbers.length - 1) };
}

/** Segments from the first on that is needed; older ones, which nobody came to remove, are removed. */
function neededOf(disk: LogDisk, first: number, end: LogEnd | undefined): readonly number[] {
  const numbers = disk.list();
  for (const number of numbers) if (number < first) disk.remove(number);
  const needed = numbers.filter((number) => number >= first);
  // A snapshot has begun its segment before it was whole.
  const last = Math.max(needed.at(-1) ?? 0, end?.segment ?? 0, first > 1 ? first : 0);
  for (let number = first; number <= last; number++)
    if (needed[number - first] !== number)
      throw new DataError(
        'damaged',
        `${disk.nameOf(number)} is missing: the log goes from segment ${first} to ${last}`,
      );
  return needed;
}

function headerOf(file: string, number: number, bytes: Buffer, isLast: boolean): SegmentHeader | undefined {
  const header = readSegmentHeader(bytes);
  if (typeof header === 'number')
    throw new DataError(
      'unusable',
      `${file} is of version ${header} of the log, which this server does not know`,
    );
  if (header?.number === number) return header;
  // Nothing is written behind a header that is not on the disk.
  if (isLast && bytes.subarray(SEGMENT_HEADER).every((byte) => byte === 0)) return undefined;
  throw damagedAt(file, 0, 'its header is not as it was written');
}

function take(replay: Replay, file: string, { offset, payload }: Frame): void {
  try {
    for (const record of readRecords(payload)) replay.take(record);
  } catch (error) {
    throw damagedAt(file, offset, (error as Error).message, error);
  }
}

function damagedAt(file: string, offset: number, why: string, cause?: unknown): DataError {
  return new DataError('damaged', `${file} is damaged at offset ${offset}: ${why}`, { cause });
}
