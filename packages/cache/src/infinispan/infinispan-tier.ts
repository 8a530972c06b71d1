/**
 * The tier of a cluster in Infinispan, by REST: an entry is its sealed head with a small body, or with a larger one in chunks beside.
 *
 * - **P1** An entry says at which position of the history the load that made it began (`born`), and is served only while nothing in the
 *   history has invalidated its key or one of its tags since. A read asks for the entry and for what is new at once.
 * - **P2** Whoever has written an entry looks at the history once more, and removes it if it is invalid by then. (Who dies between the two
 *   leaves it to the histories of the others, which know the last 500 keys that were invalidated at least.)
 * - **P3** What others make invalid is heard within `pollMs`. Where the server is not reached, all that is nearer is told to be invalid
 *   when `blindMs` are over, and again each `blindMs`; when it is reached again, it tells what was missed.
 */
import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { alignedBuffer, CHUNK_BYTES, chunksOf, forEachAtOnce } from '../chunks.ts';
import { type OpenedHead, openHead, sealEntry } from '../entry.ts';
import { nameOf } from '../node/folder.ts';
import type { Entry, Kept, Lease, Mark, Reading, Tier, TierContext, TierState } from '../tier.ts';
import { bytesOf } from '../value.ts';
import { acquireLease } from './counter-lease.ts';
import { HistoryLog } from './history-log.ts';
import { InfinispanRest, type InfinispanServer } from './rest.ts';

export interface InfinispanTierOptions extends InfinispanServer {
  readonly cache: string;
  readonly maxEntryBytes: number;
  readonly pollMs: number;
  readonly blindMs: number;
}

/** Up to here a body is in the entry itself. */
const INLINE_BYTES = CHUNK_BYTES;
/** Chunks that nobody knows any more are gone after that; an entry of chunks is loaded again, too. */
const CHUNKS_SECONDS = 7 * 24 * 3600;

export class InfinispanTier implements Tier {
  readonly name = 'infinispan';
  readonly scope = 'cluster';
  readonly #options: InfinispanTierOptions;
  readonly #heard: TierContext['heard'];
  readonly #rest: InfinispanRest;
  readonly #log: HistoryLog;
  readonly #space: string;
  readonly #histories: string;
  #preparing: Promise<void> | undefined;
  #ticking: NodeJS.Timeout | undefined;
  #isChecking = false;
  #heardAt = 0;
  #evictions = 0;
  #damaged = 0;

  constructor(options: InfinispanTierOptions, { namespace, heard }: TierContext) {
    this.#options = options;
    this.#heard = heard;
    this.#space = nameOf(namespace).slice(0, 20);
    this.#histories = `${options.cache}-history`;
    this.#rest = new InfinispanRest(options);
    this.#log = new HistoryLog({ rest: this.#rest, cache: this.#histories, space: this.#space, heard });
  }

  async read(key: string): Promise<Reading> {
    await this.#prepare();
    const name = this.#entry(key);
    const [bytes] = await Promise.all([this.#rest.get(this.#options.cache, name), this.#log.poll()]);
    const { history } = this.#log;
    const mark = history.position;
    if (bytes === undefined) return { entry: undefined, mark };
    const opened = openHead(bytes);
    const body = opened && (await this.#bodyOf(opened, bytes));
    if (opened === undefined || body === 'damaged') {
      this.#damaged++;
      await this.#rest.remove(this.#options.cache, name);
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
    const { cache } = this.#options;
    const id = randomBytes(9).toString('base64url');
    const [head, ...body] = sealEntry(entry, { id, key, born }) as [Uint8Array, ...Uint8Array[]];
    const life = lifeOf(entry);
    const before = await this.#rest.get(cache, this.#entry(key));
    if (bytes > INLINE_BYTES) {
      const chunksLife = Math.min(life ?? CHUNKS_SECONDS, CHUNKS_SECONDS);
      await forEachAtOnce(chunksOf(body), (chunk, index) =>
        this.#rest.put(cache, this.#chunk(id, index), chunk, chunksLife),
      );
      await this.#rest.put(cache, this.#entry(key), head, life);
    } else {
      await this.#rest.put(cache, this.#entry(key), Buffer.concat([head, ...body]), life);
    }
    this.#removeChunks(before).catch(() => {}); // they expire
    await this.#log.poll();
    if (this.#isCurrent(key, entry, born)) return 'kept';
    await this.#rest.remove(cache, this.#entry(key)); // P2
    await this.#removeChunks(Buffer.from(head));
    return 'invalidated';
  }

  async delete(key: string): Promise<void> {
    await this.#prepare();
    await this.#log.append(['key', key]);
    // It is invalid; what follows only makes room.
    const before = await this.#rest.get(this.#options.cache, this.#entry(key));
    if (before === undefined) return;
    await this.#rest.remove(this.#options.cache, this.#entry(key));
    await this.#removeChunks(before);
  }

  async invalidate(tag: string): Promise<void> {
    await this.#prepare();
    await this.#log.append(['tag', tag]);
  }

  async clear(): Promise<void> {
    await this.#prepare();
    await this.#log.append(['all']);
    const names = await this.#rest.names(this.#options.cache);
    const own = names.filter((name) => name.startsWith(`${this.#space}-`));
    await forEachAtOnce(own, (name) => this.#rest.remove(this.#options.cache, name));
  }

  async lease(key: string, leaseMs: number): Promise<Lease | undefined> {
    await this.#prepare();
    return acquireLease(this.#rest, `${this.#histories}-${this.#space}-lease-${nameOf(key)}`, leaseMs);
  }

  stats(): TierState {
    return { evictions: this.#evictions, damaged: this.#damaged };
  }

  async close(): Promise<void> {
    clearInterval(this.#ticking);
    this.#rest.close();
  }

  /** Once it has worked, never again. */
  #prepare(): Promise<void> {
    this.#preparing ??= (async () => {
      this.#ticking ??= this.#tick();
      await this.#rest.makeCache(this.#options.cache);
      await this.#rest.makeCache(this.#histories);
      await this.#log.poll();
      this.#heardAt = performance.now();
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
    const look = async (): Promise<void> => {
      if (this.#isChecking) return;
      this.#isChecking = true;
      const begun = performance.now();
      try {
        await this.#log.poll();
        this.#heardAt = begun;
      } catch {
        // The next look may reach it; what fails is told by reads and writes.
      } finally {
        this.#isChecking = false;
      }
    };
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
      void look();
    }, pollMs).unref();
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
    if (bodyBytes <= INLINE_BYTES) {
      if (bytes.length !== headBytes + bodyBytes) return 'damaged';
      bytes.copy(body, 0, headBytes);
    } else {
      let isMissing = false;
      await forEachAtOnce(Array(chunkCount(bodyBytes)).keys(), async (index) => {
        const chunk = isMissing
          ? undefined
          : await this.#rest.get(this.#options.cache, this.#chunk(String(head['id']), index));
        if (chunk === undefined) isMissing = true;
        else chunk.copy(body, index * CHUNK_BYTES);
      });
      if (isMissing) return undefined;
    }
    return crc32(body) === bodySum ? body : 'damaged';
  }

  async #removeChunks(entry: Buffer | undefined): Promise<void> {
    const opened = entry && openHead(entry);
    if (opened === undefined || opened.bodyBytes <= INLINE_BYTES) return;
    await forEachAtOnce(Array(chunkCount(opened.bodyBytes)).keys(), (index) =>
      this.#rest.remove(this.#options.cache, this.#chunk(String(opened.head['id']), index)),
    );
  }

  #entry(key: string): string {
    return `${this.#space}-e-${nameOf(key)}`;
  }

  #chunk(id: string, index: number): string {
    return `${this.#space}-c-${id}-${index}`;
  }
}

function chunkCount(bytes: number): number {
  return Math.ceil(bytes / CHUNK_BYTES);
}

/** Whole seconds, as the protocol has them; undefined for ever. The entry itself says when exactly. */
function lifeOf({ expiresAt }: Entry): number | undefined {
  return Number.isFinite(expiresAt) ? Math.max(1, Math.ceil((expiresAt - Date.now()) / 1000)) : undefined;
}
