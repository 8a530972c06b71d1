/** The data of a node: opened before the node begins, closed after it has ended. What it promises: docs/durability.md. */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { processPlace } from '@skein/codec/node';
import { type Clock, systemClock } from '../engine/clock.ts';
import { Refusal } from '../engine/refusal.ts';
import { TYPES } from '../objects/types.ts';
import { type DataIdentity, readIdentity, writeIdentity } from './data-folder.ts';
import { FolderDisk } from './disk.ts';
import { DataError } from './errors.ts';
import { lockFolder } from './folder-lock.ts';
import { type FsyncPolicy, fsyncText } from './fsync.ts';
import { type FrameReport, Journal } from './journal.ts';
import { writeCode, writeDrop } from './records.ts';
import { recover } from './recovery.ts';
import type { RecoveredSlot } from './replay.ts';
import { folderStore, type SnapshotStore } from './snapshot-store.ts';
import { findSnapshot, type SnapshotSource, Snapshots } from './snapshots.ts';

export interface DurabilityOptions {
  /** The data directory: made when it is not there. It is this node's alone. */
  readonly folder: string;
  /** @default always */
  readonly fsync?: FsyncPolicy;
  /** Where snapshots go; of this node alone. @default the folder `snapshots` in the data directory */
  readonly snapshots?: SnapshotStore;
  /** A snapshot is taken when the log is as long, and as long as the last snapshot, bytes. @default 64 MiB */
  readonly snapshotAfterBytes?: number;
  /** Of one of several servers: what they are called together, for good, and how others reach this node. @default it is alone */
  readonly cluster?: DataOwner;
  /** What an operator should know. */
  readonly tell?: (
    level: 'info' | 'warn',
    message: string,
    fields: Readonly<Record<string, string | number>>,
  ) => void;
  /** It can log nothing more: the node has to end, and to begin anew from what is on its disk. */
  readonly onFailure: (error: Error) => void;
  readonly onFrame?: (frame: FrameReport) => void;
  /** What was written was synced afterwards, which took so long, milliseconds. */
  readonly onSync?: (ms: number) => void;
  readonly clock?: Clock;
}

/** Which of several servers has the data: it is of no use to another, nor to this one among others. */
export interface DataOwner {
  /** Of etcd, the name of the cluster; of a list, what {@link listName} makes of it. */
  readonly name: string;
  readonly address: string;
}

const DEFAULT_FSYNC: FsyncPolicy = { kind: 'always' };
const LIST = 'static:';

/** Of servers with a list of all of them, which says what objects each has: another list is another cluster. */
export function listName(members: readonly string[]): string {
  return LIST + [...members].sort().join(',');
}

/** Between two attempts at a snapshot that failed, milliseconds. */
const RETRY_MS = 10_000;

/**
 * Opens a data directory, and reads what is there.
 *
 * @throws {DataError} when it is another's, in use, damaged, or cannot be used
 */
export async function openDurability(options: DurabilityOptions): Promise<Durability> {
  const { folder } = options;
  try {
    mkdirSync(join(folder, 'log'), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new DataError('unusable', `${folder} cannot be a data directory: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const unlock = await lockFolder(folder);
  try {
    return await read(options, unlock);
  } catch (error) {
    unlock();
    if (error instanceof DataError) throw error;
    throw new DataError('unusable', `${folder} cannot be used: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

async function read(options: DurabilityOptions, unlock: () => void): Promise<Durability> {
  const {
    folder,
    fsync = DEFAULT_FSYNC,
    tell = () => {},
    snapshots: store = folderStore(join(folder, 'snapshots')),
  } = options;
  const begun = performance.now();
  const before = readIdentity(folder);
  checkOwner(folder, before, options.cluster);
  const data = before?.data ?? name();
  const disk = new FolderDisk(join(folder, 'log'));
  const snapshot = await findSnapshot(store, data);
  const { replay, segments, torn } = await recover(disk, snapshot, TYPES, before?.run.end);
  if (torn !== undefined)
    tell(
      'warn',
      'the end of the log was torn, and is cut off: nothing of it was acknowledged as on the disk',
      torn,
    );
  const isDoubtful = before !== undefined && mayHaveLost(before);
  if (isDoubtful)
    tell(
      'warn',
      'the machine has ended while not all was on the disk: what clients have used counts as lost',
      {
        fsync: 'interval or never',
      },
    );
  // In a cluster of etcd it is another member then: what others may have without it is theirs.
  const isDiscarded = isDoubtful && options.cluster?.name.startsWith(LIST) === false;
  const identity: DataIdentity = {
    format: 1,
    data,
    cluster: options.cluster?.name ?? NO_CLUSTER,
    address: options.cluster?.address ?? '',
    life: before === undefined || isDoubtful ? name() : before.life,
    run: { synced: fsync.kind === 'always', boot: processPlace().boot },
  };
  writeIdentity(folder, identity);
  const journal = new Journal({
    disk,
    fsync,
    clock: options.clock ?? systemClock,
    defer: (work) => void setImmediate(work),
    salt: () => randomBytes(4).readUInt32LE(),
    segments,
    onFailure: options.onFailure,
    onFrame: (frame) => durability.logged(frame),
    onSync: (ms) => options.onSync?.(ms),
  });
  const durability = new Durability({
    options,
    unlock,
    identity,
    journal,
    slots: new Map(isDiscarded ? [] : replay.slots),
    code: new Map(replay.code),
    snapshotsOf: (source) => new Snapshots({ store, journal, source, data, last: snapshot }),
  });
  await new Promise<void>((resolve, reject) =>
    journal.open((error) => (error === undefined ? resolve() : reject(error))),
  );
  if (isDiscarded) for (const slot of replay.slots.keys()) writeDrop(journal.writer, slot);
  if (isDiscarded) journal.written(undefined, 0);
  tell('info', 'data recovered', {
    folder,
    fsync: fsyncText(fsync),
    slots: durability.slots.size,
    logBytes: journal.bytes,
    ms: Math.round(performance.now() - begun),
  });
  return durability;
}

const NO_CLUSTER = 'none';

function checkOwner(
  folder: string,
  before: DataIdentity | undefined,
  cluster: DurabilityOptions['cluster'],
): void {
  if (before === undefined) return;
  const name = cluster?.name ?? NO_CLUSTER;
  if (before.cluster !== name)
    throw new DataError(
      'foreign',
      `${folder} belongs to ${ownerText(before.cluster)}, and this is ${ownerText(name)}`,
    );
  const address = cluster?.address ?? '';
  if (before.address !== address)
    throw new DataError(
      'foreign',
      `${folder} belongs to the member ${before.address}, and this one is ${address}: a member comes back under its own address (--advertise)`,
    );
}

function ownerText(cluster: string): string {
  if (cluster === NO_CLUSTER) return 'a server without --membership';
  return cluster.startsWith(LIST) ? `a server of --membership ${cluster}` : `the cluster ${cluster}`;
}

/** Whether something that was acknowledged may not have come to the disk: only the end of a machine loses what was written. */
function mayHaveLost({ run }: DataIdentity): boolean {
  return !run.synced && run.end === undefined && (run.boot === '' || run.boot !== processPlace().boot);
}

function name(): string {
  return randomBytes(9).toString('base64url');
}

interface Parts {
  readonly options: DurabilityOptions;
  readonly unlock: () => void;
  readonly identity: DataIdentity;
  readonly journal: Journal;
  readonly slots: Map<number, RecoveredSlot>;
  readonly code: Map<string, Uint8Array>;
  readonly snapshotsOf: (source: SnapshotSource) => Snapshots;
}

export class Durability {
  readonly identity: DataIdentity;
  readonly journal: Journal;
  /** What was there; the node takes it out of here. */
  readonly slots: Map<number, RecoveredSlot>;
  /** Of users, by its hash. */
  readonly code: ReadonlyMap<string, Uint8Array>;
  readonly #parts: Parts;
  #snapshots: Snapshots | undefined;
  #taking: Promise<void> | undefined;
  #retryAt = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.identity = parts.identity;
    this.journal = parts.journal;
    this.slots = parts.slots;
    this.code = parts.code;
  }

  /** The node has taken over what was there: from now on snapshots are taken of it. */
  start(source: Omit<SnapshotSource, 'code'>): void {
    this.#snapshots = this.#parts.snapshotsOf({
      slots: () => source.slots(),
      capture: (slot) => source.capture(slot),
      code: () => this.code,
    });
  }

  /** Why nothing new can be let in. */
  refusal(): Refusal | undefined {
    const { full } = this.journal;
    return (
      full &&
      new Refusal(
        'disk-full',
        `this server has no room on its disk (--data ${this.#parts.options.folder}), and lets nothing in until it has: ${full.message}`,
      )
    );
  }

  /** Code of users has come: what is logged from now on may need it. */
  keepCode(hash: string, bytes: Uint8Array): void {
    if (this.code.has(hash)) return;
    this.#parts.code.set(hash, Uint8Array.from(bytes));
    writeCode(this.journal.writer, hash, bytes);
    this.journal.written(undefined, 0);
  }

  /** Resolves when all that was logged is safe. */
  settled(): Promise<void> {
    return new Promise((resolve) => this.journal.settled(resolve));
  }

  /** A frame is safe. */
  logged(frame: FrameReport): void {
    const { onFrame, snapshotAfterBytes = 64 * 2 ** 20 } = this.#parts.options;
    onFrame?.(frame);
    const snapshots = this.#snapshots;
    if (snapshots === undefined || this.#taking !== undefined || performance.now() < this.#retryAt) return;
    if (this.journal.bytes < Math.max(snapshotAfterBytes, snapshots.bytes)) return;
    this.#taking = this.#take(snapshots);
  }

  stats(): DurabilityStats {
    const { bytes, unsyncedBytes, syncedAt, full } = this.journal;
    return {
      fsync: fsyncText(this.#parts.options.fsync ?? DEFAULT_FSYNC),
      logBytes: bytes,
      unsyncedBytes,
      syncedAt,
      snapshotBytes: this.#snapshots?.bytes ?? 0,
      snapshotAt: this.#snapshots?.takenAt,
      isFull: full !== undefined,
    };
  }

  /** Writes and syncs what is left, says so in the directory, and gives it back. */
  async close(): Promise<void> {
    this.#snapshots?.stop();
    const end = await new Promise<Parameters<Parameters<Journal['close']>[0]>[0]>((resolve) =>
      this.journal.close(resolve),
    );
    const { options, identity, unlock } = this.#parts;
    try {
      if (end !== undefined) writeIdentity(options.folder, { ...identity, run: { ...identity.run, end } });
    } catch (error) {
      // The next start takes it for one that was killed, and finds the same.
      options.tell?.('warn', 'that the log is whole could not be noted', { why: (error as Error).message });
    } finally {
      unlock();
    }
  }

  async #take(snapshots: Snapshots): Promise<void> {
    const { tell } = this.#parts.options;
    try {
      await snapshots.take();
    } catch (error) {
      this.#retryAt = performance.now() + RETRY_MS;
      tell?.('warn', 'no snapshot could be taken, and the log grows on', { why: (error as Error).message });
    } finally {
      this.#taking = undefined;
    }
  }
}

/** How safe what a node holds is now. Times are milliseconds since the epoch. */
export interface DurabilityStats {
  /** When what is logged is on the disk, as `--fsync` says it: `always`, `interval:<ms>`, `never`. */
  readonly fsync: string;
  readonly logBytes: number;
  /** Of the log, what is written and may not be on the disk yet: what the end of the machine may lose. */
  readonly unsyncedBytes: number;
  /** All that was written before is on the disk. */
  readonly syncedAt: number;
  /** Of the newest snapshot, and when it was begun; 0 and `undefined`: there is none. */
  readonly snapshotBytes: number;
  readonly snapshotAt: number | undefined;
  /** The disk has no room: nothing that writes is let in until it has. */
  readonly isFull: boolean;
}
