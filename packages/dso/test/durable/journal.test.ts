/** What is written and synced when, and what happens when that cannot be done. */
import { describe, expect, test } from 'vitest';
import { Refusal } from '../../src/engine/refusal.ts';
import { MemoryDisk } from './memory-disk.ts';
import { DurableNode } from './node.ts';

describe('D2: no answer before what it has seen is safe', () => {
  test('always: all of a turn is one write, and all is answered when that is on the disk', () => {
    const disk = new MemoryDisk();
    const node = new DurableNode(disk);
    const before = disk.writes;
    disk.isHeld = true;
    const answers = [node.add(), node.add(), node.add()];
    node.turn();
    expect(answers.map(({ reply }) => reply)).toEqual([undefined, undefined, undefined]);
    // What comes meanwhile goes together, after it.
    const later = [node.add(), node.add()];
    node.turn();
    expect(disk.writes - before).toBe(1);
    disk.answer();
    expect([...answers, ...later].map(({ reply }) => reply)).toEqual([1, 2, 3, 4, 5]);
    expect(disk.writes - before).toBe(2);
  });

  test('always: the end of the machine at any moment loses nothing that was answered', () => {
    const disk = new MemoryDisk();
    const node = new DurableNode(disk);
    node.add();
    node.turn();
    disk.isHeld = true;
    const lost = node.add();
    node.turn();
    disk.crash();
    disk.isHeld = false;
    expect(lost.reply).toBeUndefined();
    expect(new DurableNode(disk).count).toBe(1);
  });

  test('interval: answered when written, synced once within the interval', () => {
    const disk = new MemoryDisk();
    const node = new DurableNode(disk, { fsync: { kind: 'interval', ms: 100 } });
    const syncs = disk.syncs;
    for (let i = 1; i <= 3; i++) {
      const answer = node.add();
      node.turn();
      expect(answer.reply).toBe(i);
    }
    expect(disk.syncs).toBe(syncs);
    expect(node.journal.unsyncedBytes).toBeGreaterThan(0);
    const before = node.clock.now();
    const killed = disk.copy();
    expect(new DurableNode(killed).count).toBe(3);
    node.clock.pass(100);
    expect(disk.syncs).toBe(syncs + 1);
    expect(node.journal).toMatchObject({ unsyncedBytes: 0, syncedAt: before + 100 });
    node.add();
    node.turn();
    // The machine ends: what was synced stays.
    disk.crash();
    expect(new DurableNode(disk).count).toBe(3);
  });

  test('never: answered when written; only whole segments are synced', () => {
    const disk = new MemoryDisk();
    const node = new DurableNode(disk, { fsync: { kind: 'never' }, segmentBytes: 700 });
    const syncs = disk.syncs;
    let segments = disk.segments.size;
    for (let i = 1; i <= 40; i++) {
      const answer = node.add();
      node.turn();
      expect(answer.reply).toBe(i);
    }
    segments = disk.segments.size - segments;
    expect(segments).toBeGreaterThan(1);
    // The one that ends, and the one that begins.
    expect(disk.syncs - syncs).toBe(2 * segments);
    expect(new DurableNode(disk).count).toBe(40);
  });
});

test('D3: an operation that comes again after a restart has its first answer', () => {
  const disk = new MemoryDisk();
  const node = new DurableNode(disk);
  for (let i = 0; i < 5; i++) node.add();
  node.turn();
  const again = new DurableNode(disk);
  const answer = again.add(3);
  again.turn();
  expect([answer.reply, again.count]).toEqual([3, 5]);
  const next = again.add();
  again.turn();
  expect(next.reply).toBe(6);
});

describe('a disk without room', () => {
  test('what was let in is logged, nothing new is let in, and it goes on when there is room', () => {
    const disk = new MemoryDisk();
    const node = new DurableNode(disk, { segmentBytes: 2 ** 30 });
    disk.room = disk.read(1).length + 1000;
    let refused: Refusal | undefined;
    let done = 0;
    for (let i = 0; i < 200 && refused === undefined; i++) {
      const answer = node.add();
      node.turn();
      if (answer.reply instanceof Refusal) refused = answer.reply;
      else expect(answer.reply).toBe(++done);
    }
    expect(refused?.code).toBe('disk-full');
    expect(node.failures).toEqual([]);
    // An answer that was given is given again, with or without room.
    const again = node.add(1);
    node.turn();
    expect(again.reply).toBe(1);
    expect(new DurableNode(disk.copy()).count).toBe(done);
    disk.room = Number.POSITIVE_INFINITY;
    node.clock.pass(1000);
    // The number that was refused is the next one still.
    const next = node.add(done + 1);
    node.turn();
    expect([next.reply, node.count]).toEqual([done + 1, done + 1]);
    expect(new DurableNode(disk).count).toBe(done + 1);
  });

  test('a write that had room and gets none, as where files are copied on write, waits, and is not lost', () => {
    const disk = new MemoryDisk();
    const node = new DurableNode(disk);
    disk.writeError = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    const waits = node.add();
    node.turn();
    expect(waits.reply).toBeUndefined();
    const refused = node.add(2);
    node.turn();
    expect(refused.reply).toMatchObject({ code: 'disk-full' });
    disk.writeError = undefined;
    node.clock.pass(1000);
    expect([waits.reply, node.failures]).toEqual([1, []]);
  });
});

describe('what fails otherwise ends the journal for good', () => {
  const broken = Object.assign(new Error('i/o error'), { code: 'EIO' });

  test.each([
    ['a sync', 'syncError'],
    ['a write', 'writeError'],
  ] as const)('%s: no answer is given, also if the next would succeed', (_what, which) => {
    const disk = new MemoryDisk();
    const node = new DurableNode(disk);
    node.add();
    node.turn();
    disk[which] = broken;
    const answer = node.add();
    node.turn();
    disk[which] = undefined;
    const later = node.add();
    node.turn();
    node.clock.pass(10_000);
    expect([answer.reply, later.reply]).toEqual([undefined, undefined]);
    expect(node.failures).toEqual([broken]);
    disk.crash();
    expect(new DurableNode(disk).count).toBe(1);
  });

  test('a sync of an interval too', () => {
    const disk = new MemoryDisk();
    const node = new DurableNode(disk, { fsync: { kind: 'interval', ms: 50 } });
    node.add();
    node.turn();
    disk.syncError = broken;
    node.clock.pass(50);
    disk.syncError = undefined;
    const later = node.add();
    node.turn();
    expect([later.reply, node.failures]).toEqual([undefined, [broken]]);
  });
});

test('closed in peace, all is synced, and where it ends is known', () => {
  const disk = new MemoryDisk();
  const node = new DurableNode(disk, { fsync: { kind: 'never' } });
  node.add();
  let end: { readonly segment: number; readonly bytes: number } | undefined;
  node.journal.close((one) => {
    end = one;
  });
  node.turn();
  disk.crash();
  expect(end).toEqual({ segment: 1, bytes: node.journal.bytes });
  expect(new DurableNode(disk).count).toBe(1);
});

test.each([
  ['has no room', 'ENOSPC'],
  ['fails', 'EIO'],
])('closed while the disk %s, it ends all the same, and is not called whole', (_what, code) => {
  const disk = new MemoryDisk();
  const node = new DurableNode(disk);
  disk.isHeld = true;
  node.add();
  node.turn();
  disk.writeError = Object.assign(new Error(code), { code });
  let ends = 0;
  node.journal.close((end) => {
    expect(end).toBeUndefined();
    ends++;
  });
  node.turn();
  disk.answer();
  expect(ends).toBe(1);
});
