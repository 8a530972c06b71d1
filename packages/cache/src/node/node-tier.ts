/**
 * The tier of a machine: entries are files in memory (`/dev/shm`), shared by all processes of a user. It outlives them, and has no
 * server: what processes tell each other is a {@link SharedLog}, what only one may do is a {@link HeldLease}.
 *
 * - **N1** An entry says at which position of the log the load that made it began (`born`), and is served only while nothing in the
 *   log has invalidated its key or one of its tags since.
 * - **N2** Whether it still may be is asked after it was written and right before it is published; what is asked then is not forgotten
 *   before it was published: who begins the next log removes drafts first, and entries that it would not know to be invalid.
 * - **N3** Bytes are reserved in the log before they are written, so that all processes together stay within the bound.
 */
import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { alignedBuffer } from '../chunks.ts';
import { type SealedHead, sealEntry } from '../entry.ts';
import { CacheError, codeOf } from '../errors.ts';
import type {
  Entry,
  Invalidation,
  Kept,
  Lease,
  Mark,
  Reading,
  Tier,
  TierContext,
  TierState,
} from '../tier.ts';
import { EntryDraft, headOfFile, readEntryFile } from './entry-file.ts';
import { temporaryName } from './files.ts';
import { foldersOf, makeFolders, type NodeFolder, nameOf } from './folder.ts';
import { History } from './history.ts';
import { acquireLease } from './lease-file.ts';
import { LivingBodies } from './living-bodies.ts';
import type { LogRecord } from './log-record.ts';
import { makeRoom } from './room.ts';
import { SharedLog } from './shared-log.ts';
import { ThreadShare } from './thread-share.ts';

export interface NodeTierOptions {
  readonly directory: string;
  /** Of all entries of the namespace. */
  readonly maxBytes: number;
  /** Large bodies lie in memory that all threads of a process read. */
  readonly sharedAmongThreads: boolean;
}

/** Room is made for some more than is wanted now, so that not each entry looks at all files. */
const LOW_WATER = 0.9;
/** Another one is at it: it removes files, which takes milliseconds. */
const ROOM_WAIT_MS = 2_000;
const ROOM_PAUSE_MS = 5;
const MAINTENANCE = 'maintenance';
const MAINTENANCE_LEASE_MS = 10_000;
/** What threads hold on to besides the files, of the bound of those. */
const THREADS_HOLD = 0.25;
/** Nobody wakes who waits for it. */
const SLEEPER = new Int32Array(new SharedArrayBuffer(4));
/** Ids of entries whose bytes are known to be right. */
const VERIFIED = 10_000;

export class NodeTier implements Tier {
  readonly name = 'node';
  readonly scope = 'machine';
  readonly #options: NodeTierOptions;
  readonly #folders: NodeFolder;
  readonly #heard: (invalidation: Invalidation) => void;
  readonly #history: History;
  readonly #verified = new RecentIds(VERIFIED);
  readonly #threads: ThreadShare | undefined;
  readonly #living = new LivingBodies();
  /** Says that the namespace is in use. */
  readonly #user: string;
  #log: SharedLog | undefined;
  /** What is read when the log is opened happened before this process had copies of anything, unless it once could not be opened. */
  #isDeaf = false;
  #isOpening = false;
  #isClosed = false;
  #isMaintaining = false;
  #evictions = 0;
  #damaged = 0;

  constructor(options: NodeTierOptions, { namespace, heard }: TierContext) {
    this.#options = options;
    this.#folders = foldersOf(options.directory, namespace);
    this.#user = join(this.#folders.users, temporaryName());
    this.#heard = heard;
    this.#history = new History((invalidation) => {
      if (!this.#isOpening) heard(invalidation);
    });
    this.#threads = options.sharedAmongThreads ? new ThreadShare(options.maxBytes * THREADS_HOLD) : undefined;
  }

  async read(key: string): Promise<Reading> {
    this.#open().poll();
    const mark = this.#history.position;
    const path = this.#pathOf(key);
    const found = await readEntryFile(path, {
      wanted: (head) => this.#isServed(key, head),
      known: (id) => this.#living.find(String(id)) ?? this.#threads?.find(String(id)),
      allocate: (bytes) => this.#threads?.allocate(bytes) ?? newBuffer(bytes),
      verified: this.#verified,
    });
    if (found === undefined) return { entry: undefined, mark };
    if (found === 'damaged') {
      this.#damaged++;
      rmSync(path, { force: true });
      return { entry: undefined, mark };
    }
    const { kind, madeAt, staleAt, expiresAt, tags, only, id } = found.head;
    this.#threads?.offer(String(id), found.body);
    this.#living.offer(String(id), found.body);
    const head = { kind, madeAt, staleAt, expiresAt, tags, ...(only !== undefined && { only }) };
    return { entry: { ...head, body: [found.body] }, mark };
  }

  async write(key: string, entry: Entry, since?: Mark): Promise<Kept> {
    const log = this.#open();
    // Before the draft is there: who begins the next log removes drafts.
    if (log.isLong) this.#beginNext(log);
    const born = typeof since === 'number' ? since : this.#append(log, ['key', key]);
    const { maxBytes } = this.#options;
    const parts = sealEntry(entry, { id: randomBytes(9).toString('base64url'), key, born });
    const bytes = parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (bytes > maxBytes) return 'too-large';
    const draft = new EntryDraft(join(this.#folders.drafts, temporaryName()), bytes);
    let isPublished = false;
    try {
      if (!(await this.#reserve(bytes))) return 'full';
      await draft.fill(parts, entry);
      log.poll();
      if (!this.#history.remembers(born) || !this.#history.isValid(key, entry.tags, born))
        return 'invalidated';
      isPublished = draft.publish(this.#pathOf(key));
      return isPublished ? 'kept' : 'invalidated';
    } finally {
      if (!isPublished) draft.discard();
    }
  }

  async delete(key: string): Promise<void> {
    this.#say(['key', key]);
    rmSync(this.#pathOf(key), { force: true });
  }

  async invalidate(tag: string): Promise<void> {
    this.#say(['tag', tag]);
  }

  async clear(): Promise<void> {
    this.#say(['all']);
    this.#evict(0);
  }

  async lease(key: string, leaseMs: number): Promise<Lease | undefined> {
    this.#open();
    return acquireLease(this.#folders, nameOf(key), leaseMs);
  }

  poll(): void {
    this.#log?.poll();
  }

  stats(): TierState {
    const { maxBytes } = this.#options;
    return { bytes: this.#history.bytes, maxBytes, evictions: this.#evictions, damaged: this.#damaged };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#log !== undefined) rmSync(this.#user, { force: true });
    this.#log?.close();
    this.#log = undefined;
    this.#threads?.close();
  }

  #open(): SharedLog {
    if (this.#log !== undefined) return this.#log;
    if (this.#isClosed) throw new CacheError('closed', 'the cache was closed');
    this.#isOpening = true;
    try {
      const make = (): void => {
        makeFolders(this.#options.directory, this.#folders);
        writeFileSync(this.#user, '', { mode: 0o600 });
      };
      const alone = (work: () => void): void => this.#maintainNext(work);
      this.#log = new SharedLog({ ...this.#folders, make, alone }, this.#history);
    } catch (error) {
      this.#isDeaf = true;
      throw error;
    } finally {
      this.#isOpening = false;
    }
    if (this.#isDeaf) this.#heard({ kind: 'all' });
    this.#isDeaf = false;
    return this.#log;
  }

  #pathOf(key: string): string {
    return join(this.#folders.entries, nameOf(key));
  }

  #isServed(key: string, { key: own, born, tags, expiresAt }: SealedHead): boolean {
    if (own !== key || typeof born !== 'number' || expiresAt <= Date.now()) return false;
    return this.#history.isValid(key, tags, born);
  }

  #say(record: LogRecord): void {
    const log = this.#open();
    this.#append(log, record);
    if (log.isLong) this.#beginNext(log);
  }

  #beginNext(log: SharedLog): void {
    this.#maintain(() => log.rotate((forgotten) => this.#forget(forgotten)));
  }

  /** That something is invalid has to be said, even where entries have left no memory for it. @returns its position */
  #append(log: SharedLog, record: LogRecord): number {
    try {
      return log.append(record);
    } catch (error) {
      if (codeOf(error) !== 'ENOSPC' && codeOf(error) !== 'EDQUOT') throw error;
      for (const name of readdirSync(this.#folders.entries))
        rmSync(join(this.#folders.entries, name), { force: true });
      return log.append(record);
    }
  }

  /** Keeps N2 while a log is left behind. */
  #forget(forgotten: ReadonlyMap<string, number>): void {
    const { drafts } = this.#folders;
    for (const name of readdirSync(drafts)) rmSync(join(drafts, name), { force: true });
    for (const [key, position] of forgotten) {
      const path = this.#pathOf(key);
      const born = headOfFile(path)?.['born'];
      if (typeof born === 'number' && born < position) rmSync(path, { force: true });
    }
  }

  /** @returns whether there is room for so many bytes (N3) */
  async #reserve(bytes: number): Promise<boolean> {
    const { maxBytes } = this.#options;
    this.#open().append(['reserve', bytes]);
    const deadline = performance.now() + ROOM_WAIT_MS;
    while (this.#history.bytes > maxBytes) {
      if (this.#evict(maxBytes * LOW_WATER)) return this.#history.bytes <= maxBytes;
      if (performance.now() >= deadline) return false;
      await pause(ROOM_PAUSE_MS);
      this.#open().poll();
    }
    return true;
  }

  /** @returns false while another one is at it */
  #evict(target: number): boolean {
    return this.#maintain(() => {
      const log = this.#open();
      log.poll();
      const { reserved } = this.#history;
      const { bytes, evictions } = makeRoom(this.#folders, target);
      this.#evictions += evictions;
      log.append(['usage', bytes, reserved]);
    });
  }

  /** What only one process may do at a time, at once. @returns false while another one is at it */
  #maintain(work: () => void): boolean {
    const lease = acquireLease(this.#folders, MAINTENANCE, MAINTENANCE_LEASE_MS);
    if (lease === undefined) return false;
    this.#isMaintaining = true;
    try {
      work();
    } finally {
      this.#isMaintaining = false;
      lease.releaseNow();
    }
    return true;
  }

  /** The same, after whoever is at it: the event loop waits, as that takes milliseconds. @throws {CacheError} when it takes long */
  #maintainNext(work: () => void): void {
    if (this.#isMaintaining) {
      work(); // the log was removed meanwhile
      return;
    }
    const deadline = performance.now() + ROOM_WAIT_MS;
    while (!this.#maintain(work)) {
      if (performance.now() >= deadline)
        throw new CacheError(
          'unreachable',
          `another process is making ${this.#folders.folder}, and does not end`,
        );
      Atomics.wait(SLEEPER, 0, 0, 1);
    }
  }
}

/** Memory that is written over at once, and begins at a multiple of 8. */
function newBuffer(bytes: number): Uint8Array {
  const buffer = alignedBuffer(bytes);
  return new Uint8Array(buffer.buffer, buffer.byteOffset, bytes);
}

/** A set that forgets what was added first. */
class RecentIds extends Set<unknown> {
  readonly #most: number;

  constructor(most: number) {
    super();
    this.#most = most;
  }

  override add(id: unknown): this {
    super.add(id);
    if (this.size > this.#most) this.delete(this.values().next().value);
    return this;
  }
}
