/**
 * The tier of a cluster in one Redis (5 or later, or what speaks its protocol and runs Lua): entries up to 64 KiB are read by one
 * command, larger ones lie in chunks beside. What holds for them is decided by scripts (R1 to R4 of `scripts.ts`), what others make
 * invalid is heard within milliseconds, and within `blindMs` where the connection is lost (H1 and H2 of `hearing.ts`).
 *
 * A replica that takes over may lack what its master was told last, invalidations included: that is Redis' own bound.
 */
import { randomBytes } from 'node:crypto';
import { alignedBuffer, CHUNK_BYTES, chunksOf, forEachAtOnce } from '../chunks.ts';
import { heldLease } from '../cluster-lease.ts';
import { openEntry, sealEntry } from '../entry.ts';
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
import { type Argument, isOutOfMemory, RedisConnection, type RedisServer, type Reply } from './connection.ts';
import { Hearing, type Message } from './hearing.ts';
import { clockOf, type EntryLine, entryLine } from './scripts.ts';

export interface RedisTierOptions extends RedisServer {
  readonly prefix: string;
  readonly maxEntryBytes: number;
  readonly blindMs: number;
}

/** Up to here the bytes are in the entry itself. */
const INLINE_BYTES = 64 * 1024;
/** Chunks of whoever dies while it writes are gone after that. */
const DRAFT_MS = 300_000;
/** A body that is replaced while it is read is looked for again so often. */
const READS = 3;

/** An entry as it was found: its version, and where its bytes are. */
interface Found {
  readonly mark: number;
  readonly version?: string;
  readonly chunks?: number;
  readonly bytes?: number;
  readonly inline?: Buffer;
}

export class RedisTier implements Tier {
  readonly name = 'redis';
  readonly scope = 'cluster';
  readonly #options: RedisTierOptions;
  readonly #heard: TierContext['heard'];
  readonly #redis: RedisConnection;
  readonly #hearing: Hearing;
  readonly #sender = randomBytes(9).toString('base64url');
  readonly #space: string;
  /** Of leases that are held here: what their holders write is not kept when another one was given the lease since, and has written. */
  readonly #fences = new Map<string, number>();
  readonly #waiting = new Map<string, Set<() => void>>();
  #evictions = 0;
  #damaged = 0;

  constructor(options: RedisTierOptions, { namespace, heard }: TierContext) {
    this.#options = options;
    this.#heard = heard;
    this.#space = `${options.prefix}:{${namespace}}`;
    this.#redis = new RedisConnection(options);
    this.#hearing = new Hearing({
      channel: this.#channel,
      sender: this.#sender,
      blindMs: options.blindMs,
      connect: () => this.#redis.another(),
      missedSince: async (position) => {
        const [now, ...said] = (await this.#inHistory('since', [], position ?? '')) as readonly Buffer[];
        return { position: Number(now), said: pairsOf(said) };
      },
      heard: (message) => this.#take(message),
    });
  }

  async read(key: string, tags: readonly string[]): Promise<Reading> {
    await this.#hearing.start();
    for (let attempt = 1; ; attempt++) {
      const found = await this.#find(key, tags.length > 0);
      const { mark, version } = found;
      if (version === undefined) return { entry: undefined, mark };
      const bytes = await this.#bytesOf(found);
      if (bytes === undefined && attempt < READS) continue; // it was replaced meanwhile
      const sealed = bytes && openEntry(bytes);
      if (sealed === undefined || sealed['key'] !== key) {
        if (bytes === undefined) this.#evictions++;
        else this.#damaged++;
        await this.#redis.run('drop', [this.#entry(key), this.#body(version)], version);
        return { entry: undefined, mark };
      }
      const { key: _key, ...entry } = sealed;
      return { entry: entry.expiresAt <= Date.now() ? undefined : entry, mark };
    }
  }

  async write(key: string, entry: Entry, since?: Mark): Promise<Kept> {
    await this.#hearing.start();
    const parts = sealEntry(entry, { key });
    const bytes = parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
    let kept: Kept | undefined = bytes > this.#options.maxEntryBytes ? 'too-large' : undefined;
    if (kept === undefined) {
      try {
        kept = await this.#publish(key, entry, parts, bytes, since);
      } catch (error) {
        if (!isOutOfMemory(error)) throw error;
        kept = 'full';
      }
    }
    // What was set has not taken the place of the one before, which must not stay.
    if (since === undefined && kept !== 'kept') await this.delete(key);
    return kept;
  }

  async delete(key: string): Promise<void> {
    await this.#inHistory(
      'remove',
      [this.#entry(key)],
      this.#channel,
      this.#sender,
      nameOf(key),
      this.#body(''),
    );
  }

  async invalidate(tag: string): Promise<void> {
    await this.#inHistory('invalidate', [], this.#channel, this.#sender, nameOf(tag));
  }

  async clear(): Promise<void> {
    await this.#inHistory('clear', [], this.#channel, this.#sender);
    // They are invalid; what follows only makes room.
    for await (const keys of this.#redis.scan(`${escaped(this.#entry(''))}*`))
      await Promise.all(keys.map((key) => this.#inHistory('sweep', [key], this.#body(''))));
  }

  async lease(key: string, leaseMs: number): Promise<Lease | undefined> {
    await this.#hearing.start();
    const at = `${this.#space}:l:${nameOf(key)}`;
    const holder = randomBytes(9).toString('base64url');
    const life = Math.ceil(leaseMs);
    const answer = await this.#inHistory('acquire', [at], holder, life);
    if (answer === null) return undefined;
    const fence = Number(answer);
    this.#fences.set(key, fence);
    const held = `${answer} ${holder}`;
    return heldLease({
      leaseMs,
      renew: async () => (await this.#redis.run('renew', [at], held, life)) === 1,
      free: async () => {
        if (this.#fences.get(key) === fence) this.#fences.delete(key);
        await this.#redis.run('free', [at], held, this.#channel, this.#sender, nameOf(key));
      },
    });
  }

  leaseFree(key: string, atMostMs: number): Promise<void> {
    const name = nameOf(key);
    const waiting = this.#waiting.get(name) ?? new Set();
    this.#waiting.set(name, waiting);
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        waiting.delete(wake);
        if (waiting.size === 0 && this.#waiting.get(name) === waiting) this.#waiting.delete(name);
        resolve();
      };
      const timer = setTimeout(wake, atMostMs);
      waiting.add(wake);
    });
  }

  stats(): TierState {
    return { evictions: this.#evictions, damaged: this.#damaged };
  }

  async close(): Promise<void> {
    this.#hearing.close();
    await this.#redis.close();
  }

  /** @param isTagged where it is likely to have tags, it is for the script to say whether it is valid */
  async #find(key: string, isTagged: boolean): Promise<Found> {
    const at = this.#entry(key);
    if (!isTagged) {
      const [clock, entry] = await this.#redis.values(this.#space, at);
      const now = clockOf(clock ?? null);
      if (now !== undefined) {
        const mark = now.position;
        if (entry === null || entry === undefined) return { mark };
        const line = entryLine(entry);
        if (line?.tagBytes === 0 && line.position >= now.begun && line.position <= mark)
          return foundOf(mark, line, entry);
      }
    }
    const reply = await this.#inHistory('read', [at], this.#body(''));
    const [position, entry] = reply as readonly Buffer[];
    const line = entry && entryLine(entry);
    return line === undefined ? { mark: Number(position) } : foundOf(Number(position), line, entry!);
  }

  /** In one piece, that begins at a multiple of 8; undefined where some are missing. What has a wrong length is given as far as it goes. */
  async #bytesOf({ version = '', chunks = 0, bytes = 0, inline }: Found): Promise<Buffer | undefined> {
    if (chunks === 0) {
      const small = alignedBuffer(inline?.length ?? 0);
      inline?.copy(small);
      return small;
    }
    const whole = alignedBuffer(bytes);
    const body = this.#body(version);
    let isMissing = false;
    let length = 0;
    await forEachAtOnce(Array(chunks).keys(), async (index) => {
      const chunk = isMissing ? null : await this.#redis.field(body, index);
      if (chunk === null) isMissing = true;
      else length += chunk.copy(whole, index * CHUNK_BYTES);
    });
    return isMissing ? undefined : whole.subarray(0, length);
  }

  async #publish(
    key: string,
    { expiresAt, tags }: Entry,
    parts: readonly Uint8Array[],
    bytes: number,
    since: Mark | undefined,
  ): Promise<Kept> {
    const version = randomBytes(9).toString('base64url');
    const body = this.#body(version);
    const isInline = bytes <= INLINE_BYTES;
    let isKept = false;
    try {
      if (!isInline)
        await forEachAtOnce(chunksOf(parts), async (chunk, index) => {
          await this.#redis.run('writeChunk', [body], index, DRAFT_MS, chunk);
        });
      const life = Number.isFinite(expiresAt) ? Math.max(1, Math.ceil(expiresAt - Date.now())) : '';
      const answer = await this.#inHistory(
        'publish',
        [this.#entry(key), body],
        ...[this.#channel, this.#sender, nameOf(key), since ?? ''],
        ...[tags.map(nameOf).join('\n'), version, isInline ? 0 : Math.ceil(bytes / CHUNK_BYTES), bytes],
        ...[life, this.#fences.get(key) ?? 0, this.#body(''), isInline ? Buffer.concat(parts) : ''],
      );
      const kept = String(answer) as Kept;
      isKept = kept === 'kept';
      return kept;
    } finally {
      if (!isKept && !isInline) this.#redis.unlink(body).catch(() => {}); // else it goes by itself
    }
  }

  #inHistory(
    script: Parameters<RedisConnection['run']>[0],
    keys: readonly string[],
    ...args: Argument[]
  ): Promise<Reply> {
    const space = this.#space;
    return this.#redis.run(script, [space, `${space}:keys`, `${space}:tags`, ...keys], ...args);
  }

  get #channel(): string {
    return `${this.#space}:said`;
  }

  #entry(key: string): string {
    return `${this.#space}:e:${key === '' ? '' : nameOf(key)}`;
  }

  #body(version: string): string {
    return `${this.#space}:b:${version}`;
  }

  #take({ kind, name }: Message): void {
    if (kind === 'free') for (const wake of [...(this.#waiting.get(name) ?? [])]) wake();
    else this.#heard(invalidationOf(kind, name));
  }
}

function foundOf(mark: number, { version, chunks, bytes, tagBytes, end }: EntryLine, entry: Buffer): Found {
  return { mark, version, chunks, bytes, inline: entry.subarray(end + tagBytes) };
}

/** Text as scripts have it: what UTF-8 cannot say is escaped, and so are the ends of lines. */
function nameOf(text: string): string {
  return JSON.stringify(text);
}

function invalidationOf(kind: Invalidation['kind'], name: string): Invalidation {
  if (kind === 'all') return { kind };
  const text = JSON.parse(name) as string;
  return kind === 'key' ? { kind, key: text } : { kind, tag: text };
}

/** Kind and name by turns. */
function pairsOf(said: readonly Buffer[]): Message[] {
  return Array.from({ length: said.length / 2 }, (_, i) => ({
    kind: String(said[2 * i]) as Message['kind'],
    name: String(said[2 * i + 1]),
  }));
}

/** As a pattern of Redis that only it matches. */
function escaped(text: string): string {
  return text.replaceAll(/[\\*?[\]]/g, '\\$&');
}
