/**
 * The tier of a cluster in Infinispan: an entry is its sealed head with a small body, or with a larger one in chunks beside.
 *
 * - **P1** An entry says at which position of the history the load that made it began (`born`), and is served only while nothing in the
 *   history has invalidated its key or one of its tags since. A read asks for the entry and for what is new at once.
 * - **P2** Whoever has written an entry looks at the history once more, and removes it if it is invalid by then. (Who dies between the two
 *   leaves it to the histories of the others, which know the last 500 keys that were invalidated at least.)
 * - **P3** What others make invalid is heard within `pollMs`, and at once where the server tells. Where it is not reached, all that is
 *   nearer is told to be invalid when `blindMs` are over, and again each `blindMs`; when it is reached again, it tells what was missed.
 */
import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { alignedBuffer, CHUNK_BYTES, chunksOf, forEachAtOnce } from '../chunks.ts';
import { type OpenedHead, openHead, sealEntry } from '../entry.ts';
import { nameOf } from '../node/folder.ts';
import type { Entry, Kept, Lease, Mark, Reading, Tier, TierContext, TierState } from '../tier.ts';
import { bytesOf } from '../value.ts';
import { HistoryLog } from './history-log.ts';
import type { InfinispanStore, Listening } from './infinispan-store.ts';

export interface InfinispanTierOptions {
  /** Of the tier alone: it is closed with it. */
  readonly store: InfinispanStore;
  readonly maxEntryBytes: number;
  readonly pollMs: number;
  readonly blindMs: number;
}

/** Chunks that nobody knows any more are gone after that; an entry of chunks is loaded again, too. */
const CHUNKS_SECONDS = 7 * 24 * 3600;
/** After these it is looked again for what the server has told: the node that is asked may be the last to know. */
const SECOND_LOOKS_MS = [20, 200];
/** Longer than news of the same takes by both ways. */
const DEAF_MS = 1_000;

export class InfinispanTier implements Tier {
  readonly name = 'infinispan';
  readonly scope = 'cluster';
  readonly #options: InfinispanTierOptions;
  readonly #heard: TierContext['heard'];
  readonly #store: InfinispanStore;
  readonly #log: HistoryLog;
  #preparing: Promise<void> | undefined;
  #ticking: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #following: NodeJS.Timeout | undefined;
  #heardAt = 0;
  #listening: Listening | undefined;
  /** That something may be new. */
  #toldAt = 0;
  #evictions = 0;
  #damaged = 0;

  constructor(options: InfinispanTierOptions, heard: TierContext['heard']) {
    this.#options = options;
    this.#heard = heard;
    this.#store = options.store;
    this.#log = new HistoryLog(options.store, heard);
  }

  async read(key: string): Promise<Reading> {
    await this.#prepare();
    const name = entryName(key);
    const [bytes] = await Promise.all([this.#store.get(name), this.#log.poll()]);
    const { history } = this.#log;
    const mark = history.position;
    if (bytes === undefined) return { entry: undefined, mark };
    const opened = openHead(bytes);
    const body = opened && (await this.#bodyOf(opened, bytes));
    if (opened === undefined || body === 'damaged') {
      this.#damaged++;
      await this.#store.remove(name);
      return { entry: undefined, mark };
    }
    const { key: own, born, id: _id, ...head } = opened.head;
    const isServed =
      own === key &&
      typeof born === 'number' &&
      head.expiresAt > Date.now() &&
      history.isValid(key, head.tags, born);
    if (isServed && body === undefined) this.#evictions++;
    return { entry: isServed && body !== undefined ? { ...head, body: [body] } : undefined, mark };
  }

  async write(key: string, entry: Entry, since?: Mark): Promise<Kept> {
    await this.#prepare();
    const born = typeof since === 'number' ? since : await this.#log.append(['key', key]);
    const bytes = bytesOf(entry);
    if (bytes > this.#options.maxEntryBytes) return 'too-large'; // what was there is invalid: it was born before
    await this.#log.poll();
    if (!this.#isCurrent(key, entry, born)) return 'invalidated';
    const id = randomBytes(9).toString('base64url');
    const [head, ...body] = sealEntry(entry, { id, key, born }) as [Uint8Array, ...Uint8Array[]];
    const life = lifeOf(entry);
    const before = await this.#store.get(entryName(key));
    if (bytes > this.#store.inlineBytes) {
      const chunksLife = Math.min(life ?? CHUNKS_SECONDS, CHUNKS_SECONDS);
      await forEachAtOnce(chunksOf(body), (chunk, index) =>
        this.#store.putChunk(chunkName(id, index), chunk, chunksLife),
      );
      await this.#store.put(entryName(key), head, life);
    } else {
      await this.#store.put(entryName(key), Buffer.concat([head, ...body]), life);
    }
    this.#removeChunks(before).catch(() => {}); // they expire
    await this.#log.poll();
    if (this.#isCurrent(key, entry, born)) return 'kept';
    await this.#store.remove(entryName(key)); // P2
    await this.#removeChunks(Buffer.from(head));
    return 'invalidated';
  }

  async delete(key: string): Promise<void> {
    await this.#prepare();
    await this.#log.append(['key', key]);
    // It is invalid; what follows only makes room.
    const before = await this.#store.get(entryName(key));
    if (before === undefined) return;
    await this.#store.remove(entryName(key));
    await this.#removeChunks(before);
  }

  async invalidate(tag: string): Promise<void> {
    await this.#prepare();
    await this.#log.append(['tag', tag]);
  }

  async clear(): Promise<void> {
    await this.#prepare();
    await this.#log.append(['all']);
    await forEachAtOnce(await this.#store.names(), (name) => this.#store.remove(name));
  }

  async lease(key: string, leaseMs: number): Promise<Lease | undefined> {
    await this.#prepare();
    return this.#store.lease(nameOf(key), leaseMs);
  }

  stats(): TierState {
    return { evictions: this.#evictions, damaged: this.#damaged };
  }

  async close(): Promise<void> {
    clearInterval(this.#ticking);
    clearTimeout(this.#following);
    this.#store.close();
  }

  /** Once it has worked, never again. */
  #prepare(): Promise<void> {
    this.#preparing ??= (async () => {
      this.#ticking ??= this.#tick();
      await this.#store.prepare();
      await this.#log.poll();
      this.#heardAt = performance.now();
      this.#listening = this.#store.listen?.(() => {
        this.#toldAt = performance.now();
        void this.#follow();
      });
    })().catch((error: unknown) => {
      this.#preparing = undefined;
      throw error;
    });
    return this.#preparing;
  }

  /** Keeps P3. */
  #tick(): NodeJS.Timeout {
    const { pollMs, blindMs } = this.#options;
    this.#heardAt = performance.now();
    let tickedAt = performance.now();
    return setInterval(() => {
      const now = performance.now();
      // Where the event loop has stood still, nothing could be heard, and nothing else was done: it is looked first.
      const wasAwake = now - tickedAt < 2 * pollMs;
      tickedAt = now;
      if (wasAwake && now + pollMs >= this.#heardAt + blindMs) {
        this.#heardAt = now;
        this.#heard({ kind: 'all' });
      }
      void this.#lookUntold();
    }, pollMs).unref();
  }

  /** One at a time. */
  #look(): Promise<void> {
    this.#looking ??= (async () => {
      const begun = performance.now();
      try {
        await this.#log.poll();
        this.#heardAt = begun;
      } catch {
        // The next look may reach it; what fails is told by reads and writes.
      } finally {
        this.#looking = undefined;
      }
    })();
    return this.#looking;
  }

  /** What is found that way should have been told. */
  async #lookUntold(): Promise<void> {
    const { position } = this.#log.history;
    await this.#look();
    const isTold = performance.now() < this.#toldAt + DEAF_MS;
    if (this.#log.history.position > position && !isTold) this.#listening?.anew();
  }

  /** Looks for what the server has told of. */
  async #follow(looks = 0): Promise<void> {
    await this.#looking; // it may have been too early
    await this.#look();
    clearTimeout(this.#following);
    const ms = SECOND_LOOKS_MS[looks];
    if (ms !== undefined) this.#following = setTimeout(() => void this.#follow(looks + 1), ms).unref();
  }

  #isCurrent(key: string, { tags }: Entry, born: number): boolean {
    return this.#log.history.remembers(born) && this.#log.history.isValid(key, tags, born);
  }

  /** At an address that is a multiple of 8; undefined where a chunk is missing. */
  async #bodyOf(
    { head, headBytes, bodyBytes, bodySum }: OpenedHead,
    bytes: Buffer,
  ): Promise<Buffer | 'damaged' | undefined> {
    const body = alignedBuffer(bodyBytes);
    if (bodyBytes <= this.#store.inlineBytes) {
      if (bytes.length !== headBytes + bodyBytes) return 'damaged';
      bytes.copy(body, 0, headBytes);
    } else {
      let isMissing = false;
      await forEachAtOnce(Array(chunkCount(bodyBytes)).keys(), async (index) => {
        const chunk = isMissing
          ? undefined
          : await this.#store.getChunk(chunkName(String(head['id']), index));
        if (chunk === undefined) isMissing = true;
        else chunk.copy(body, index * CHUNK_BYTES);
      });
      if (isMissing) return undefined;
    }
    return crc32(body) === bodySum ? body : 'damaged';
  }

  async #removeChunks(entry: Buffer | undefined): Promise<void> {
    const opened = entry && openHead(entry);
    if (opened === undefined || opened.bodyBytes <= this.#store.inlineBytes) return;
    await forEachAtOnce(Array(chunkCount(opened.bodyBytes)).keys(), (index) =>
      this.#store.remove(chunkName(String(opened.head['id']), index)),
    );
  }
}

function entryName(key: string): string {
  return `e-${nameOf(key)}`;
}

function chunkName(id: string, index: number): string {
  return `c-${id}-${index}`;
}

function chunkCount(bytes: number): number {
  return Math.ceil(bytes / CHUNK_BYTES);
}

/** Whole seconds, as the protocol has them; undefined for ever. The entry itself says when exactly. */
function lifeOf({ expiresAt }: Entry): number | undefined {
  return Number.isFinite(expiresAt) ? Math.max(1, Math.ceil((expiresAt - Date.now()) / 1000)) : undefined;
}
