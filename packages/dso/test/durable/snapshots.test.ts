/** Snapshots let the log before them go, and what is logged while one is taken is neither lost nor done twice. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { recover } from '../../src/durable/recovery.ts';
import { folderStore } from '../../src/durable/snapshot-store.ts';
import { findSnapshot, Snapshots } from '../../src/durable/snapshots.ts';
import { takeSnapshot } from '../../src/engine/snapshot.ts';
import { TYPES } from '../../src/objects/types.ts';
import { MemoryDisk } from './memory-disk.ts';
import { DurableNode, SLOT } from './node.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'dso-snapshots-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

function snapshotsOf(node: DurableNode, path: string, whileTaken: () => void = () => {}): Snapshots {
  return new Snapshots({
    store: folderStore(path),
    journal: node.journal,
    data: 'data',
    last: undefined,
    source: {
      slots: () => [SLOT],
      capture() {
        // Before and after it in the same segment: what it holds is not to be applied again, what it does not is.
        whileTaken();
        const { log } = node;
        const index = log.last;
        const bytes = takeSnapshot(node.engine.slot(SLOT)!);
        return {
          slot: SLOT,
          epoch: 1,
          stream: 0,
          index,
          bytes,
          tail: [],
          isCommitted: () => log.committed >= index,
        };
      },
      code: () => [],
    },
  });
}

/** Lets a snapshot be taken while the node takes its turns. */
async function taken(node: DurableNode, snapshots: Snapshots): Promise<void> {
  let isOver = false;
  const taking = snapshots.take().finally(() => {
    isOver = true;
  });
  while (!isOver) {
    node.turn();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await taking;
}

async function countOf(disk: MemoryDisk, path: string): Promise<{ count: number; first: number }> {
  const snapshot = await findSnapshot(folderStore(path), 'data');
  const { replay, segments } = await recover(disk, snapshot, TYPES);
  const cell = replay.slots.get(SLOT)!.slot.cells.get('counter\0c')!;
  return { count: (cell.state as { value: number }).value, first: Math.min(...segments.keys()) };
}

test('the log before it goes; what comes while it is taken, before the slot and after it, is there once', async () => {
  const disk = new MemoryDisk();
  const path = folder();
  const node = new DurableNode(disk);
  for (let i = 0; i < 3; i++) node.add();
  node.turn();
  await taken(
    node,
    snapshotsOf(node, path, () => {
      node.add();
      node.turn();
      node.add();
    }),
  );
  node.add();
  node.turn();
  expect(await countOf(disk, path)).toEqual({ count: 6, first: 2 });
  expect([...disk.segments.keys()]).toEqual([2]);
});

test('one that was not finished is none: the log is as it was', async () => {
  const disk = new MemoryDisk();
  const path = folder();
  const node = new DurableNode(disk);
  node.add();
  node.turn();
  const snapshots = snapshotsOf(node, path, () => snapshots.stop());
  await taken(node, snapshots);
  node.add();
  node.turn();
  expect(await countOf(disk, path)).toEqual({ count: 2, first: 1 });
});

test('the next one takes its place; one that is damaged, or of other data, is refused by its name', async () => {
  const disk = new MemoryDisk();
  const path = folder();
  const node = new DurableNode(disk);
  node.add();
  node.turn();
  const snapshots = snapshotsOf(node, path);
  await taken(node, snapshots);
  node.add();
  await taken(node, snapshots);
  expect(readdirSync(path).sort()).toEqual(['snapshot-000000002', 'snapshot-000000002-000000']);
  expect((await countOf(disk, path)).count).toBe(2);
  await expect(findSnapshot(folderStore(path), 'other')).rejects.toMatchObject({ code: 'foreign' });
  writeFileSync(join(path, 'snapshot-000000002-000000'), 'something else');
  await expect(countOf(disk, path)).rejects.toMatchObject({
    code: 'damaged',
    message: expect.stringContaining('snapshot-000000002-000000'),
  });
  rmSync(join(path, 'snapshot-000000002-000000'));
  await expect(countOf(disk, path)).rejects.toThrow(
    'the part snapshot-000000002-000000 of a snapshot is missing',
  );
});
