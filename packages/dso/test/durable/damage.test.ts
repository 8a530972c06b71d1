/** A log that is cut at any byte, or changed in any, is read up to there, or refused with the place: never as something else. */
import { describe, expect, test } from 'vitest';
import { SEGMENT_HEADER } from '../../src/durable/frames.ts';
import { replayLog } from '../../src/durable/recovery.ts';
import { Replay } from '../../src/durable/replay.ts';
import { TYPES } from '../../src/objects/types.ts';
import { MemoryDisk } from './memory-disk.ts';
import { DurableNode } from './node.ts';

/** A log of two segments: a counter to which each turn has added one; where each turn's frame ends in the last one. */
function written(): { readonly disk: MemoryDisk; readonly ends: readonly number[]; readonly first: number } {
  const disk = new MemoryDisk();
  let node = new DurableNode(disk);
  for (let i = 0; i < 3; i++) {
    node.add();
    node.turn();
  }
  // A second start begins a second segment.
  node = new DurableNode(disk);
  const ends = [SEGMENT_HEADER];
  for (let i = 0; i < 4; i++) {
    node.add();
    node.turn();
    ends.push(node.journal.bytes - disk.read(1).subarray(0, endOfFirst(disk)).length);
  }
  return { disk, ends, first: endOfFirst(disk) };
}

function endOfFirst(disk: MemoryDisk): number {
  return disk.read(2).readUIntLE(22, 6);
}

function countAfter(disk: MemoryDisk): number {
  return new DurableNode(disk).count as number;
}

describe('the last segment', () => {
  const { disk, ends } = written();
  const whole = disk.read(2);
  const lastEnd = ends.at(-1)!;
  const turnsBefore = (offset: number): number => ends.filter((end) => end <= offset).length - 1;

  test('cut at every byte: what was whole before is there', () => {
    for (let cut = 0; cut <= lastEnd; cut++) {
      const copy = disk.copy();
      copy.truncate(2, cut);
      expect(countAfter(copy), `cut at ${cut}`).toBe(3 + Math.max(0, turnsBefore(cut)));
    }
  });

  test('zeros from every byte on, as of blocks that did not come to the disk: the same', () => {
    for (let cut = SEGMENT_HEADER; cut < lastEnd; cut++) {
      const copy = disk.copy();
      const bytes = Buffer.from(whole);
      bytes.fill(0, cut);
      copy.segments.set(2, { bytes, synced: bytes });
      expect(countAfter(copy), `zeros from ${cut} on`).toBe(3 + turnsBefore(cut));
    }
  });

  test('any byte changed: an error with the place, unless it is in the last frame, which may be torn', () => {
    const lastFrame = ends.at(-2)!;
    for (let at = 0; at < lastEnd; at++) {
      for (const bits of [0x01, 0xff]) {
        const copy = disk.copy();
        const bytes = Buffer.from(whole);
        bytes[at]! ^= bits;
        copy.segments.set(2, { bytes, synced: bytes });
        if (at >= lastFrame) expect(countAfter(copy), `byte ${at}`).toBe(6);
        else {
          const frame = at < SEGMENT_HEADER ? 0 : ends[turnsBefore(at)]!;
          expect(() => countAfter(copy), `byte ${at}`).toThrow(
            expect.objectContaining({
              message: expect.stringMatching(`segment 2 (is damaged at offset ${frame}:|is of version)`),
            }),
          );
        }
      }
    }
  });

  test('what follows a torn tail starts in a new segment, and the next start reads over the tail', () => {
    const copy = disk.copy();
    copy.truncate(2, lastEnd - 3);
    const node = new DurableNode(copy);
    expect(node.torn).toBe(true);
    node.add();
    node.turn();
    const again = new DurableNode(copy);
    expect([again.torn, again.count]).toEqual([false, 7]);
  });

  test('less than where a server has ended in peace is a loss, and said to be one', () => {
    const copy = disk.copy();
    copy.truncate(2, ends.at(-2)!);
    const end = { segment: 2, bytes: lastEnd };
    expect(() => replayLog(copy, new Replay(TYPES), 1, end)).toThrow(
      `segment 2 is damaged at offset ${ends.at(-2)}`,
    );
    copy.remove(2);
    expect(() => replayLog(copy, new Replay(TYPES), 1, end)).toThrow('segment 2 is missing');
  });
});

describe('a segment before the last', () => {
  const { disk, first } = written();
  const whole = disk.read(1);

  test('cut or changed anywhere: an error with the file and the place', () => {
    for (let at = 0; at < first; at++) {
      const cut = disk.copy();
      cut.truncate(1, at);
      expect(() => countAfter(cut), `cut at ${at}`).toThrow(/segment 1 is damaged at offset \d+/);
      const changed = disk.copy();
      const bytes = Buffer.from(whole);
      bytes[at]! ^= 0x10;
      changed.segments.set(1, { bytes, synced: bytes });
      expect(() => countAfter(changed), `byte ${at}`).toThrow(
        /segment 1 is (damaged at offset \d+|of version)/,
      );
    }
  });

  test('missing: an error', () => {
    const copy = disk.copy();
    copy.remove(1);
    expect(() => countAfter(copy)).toThrow('segment 1 is missing: the log goes from segment 1 to 2');
  });
});

test('without syncs, a hole before what came to the disk is torn, not damaged: nobody was told that it is there', () => {
  const disk = new MemoryDisk();
  const node = new DurableNode(disk, { fsync: { kind: 'never' } });
  const ends: number[] = [];
  for (let i = 0; i < 3; i++) {
    node.add();
    node.turn();
    ends.push(node.journal.bytes);
  }
  const bytes = disk.read(1);
  bytes.fill(0, ends[0], ends[1]);
  disk.segments.set(1, { bytes, synced: bytes });
  const again = new DurableNode(disk, { fsync: { kind: 'never' } });
  expect([again.torn, again.count]).toEqual([true, 1]);
});
