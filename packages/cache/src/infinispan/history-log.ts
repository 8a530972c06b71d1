/**
 * What those who share a namespace tell each other, in one order: a chain of records, of which each names the one before, and the tip,
 * which only one of many moves on at a time.
 *
 * - **L1** A chain that does not lead back to what was read last has lost something: everything is invalid.
 * - **L2** Positions begin at the time of day in milliseconds, beyond those of a history that was lost.
 * - **L3** Whoever writes every 64th record also writes what counts up to there, for those who come later.
 */
import { randomBytes } from 'node:crypto';
import { History } from '../node/history.ts';
import type { LogRecord } from '../node/log-record.ts';
import type { Invalidation } from '../tier.ts';
import { InTurn } from './in-turn.ts';
import type { HistoryStore, Tip } from './infinispan-store.ts';

const BASE_EVERY = 64;
/** Who has missed more records than that begins anew, from the base. */
const LONGEST_CHAIN = 4 * BASE_EVERY;
/** Who comes later than that after the last of them, and has no base, finds everything invalid. */
const RECORD_SECONDS = 7 * 24 * 3600;
/** Names would be remembered for ever. */
const FOLD_EVERY = 4_096;

interface Said {
  readonly before: Tip;
  readonly by: string;
  readonly record: LogRecord;
}

/** What counts up to a record. */
interface Base {
  readonly at: Tip;
  readonly records: readonly LogRecord[];
}

export class HistoryLog {
  readonly history: History;
  readonly #store: HistoryStore;
  readonly #heard: (invalidation: Invalidation) => void;
  readonly #by = randomBytes(9).toString('base64url');
  /** Those of one process would only be in each other's way. */
  readonly #appending = new InTurn();
  /** The tip as far as it was read. */
  #at: Tip | undefined;
  #isReading = false;

  constructor(store: HistoryStore, heard: (invalidation: Invalidation) => void) {
    this.#store = store;
    this.#heard = heard;
    this.history = new History((invalidation) => {
      if (!this.#isReading) heard(invalidation);
    });
  }

  /** Hears all that was said before this was called. */
  async poll(): Promise<void> {
    const known = this.#at;
    const last = await this.#last();
    if (isSame(last, known)) return;
    const chain = known === undefined ? undefined : await this.#chain(last, known);
    if (chain !== undefined) this.#apply(chain, last);
    else await this.#begin(known, last);
  }

  /** @returns its position */
  append(record: LogRecord): Promise<number> {
    return this.#appending.run(async () => {
      for (;;) {
        await this.poll();
        const said: Said = { before: this.#at!, by: this.#by, record };
        const next = await this.#store.append(said.before, bytesOf(said), RECORD_SECONDS);
        if (next === undefined) continue; // another one was first
        this.#apply([said], next);
        if (next.position % BASE_EVERY === 0) this.#writeBase().catch(() => {}); // the next one will
        return next.position;
      }
    });
  }

  async #last(): Promise<Tip> {
    for (;;) {
      const last = await this.#store.tip();
      if (last !== undefined) return last;
      await this.#store.begin(Date.now());
    }
  }

  /** What was said after `known`, up to `last`; undefined where it does not lead there. */
  async #chain(last: Tip, known: Tip): Promise<readonly Said[] | undefined> {
    const chain: Said[] = [];
    for (let tip = last; !isSame(tip, known); ) {
      const isBeyond = tip.position <= known.position || chain.length === LONGEST_CHAIN;
      const said = isBeyond ? undefined : read<Said>(await this.#store.record(tip));
      if (said === undefined) return undefined;
      chain.unshift(said);
      tip = said.before;
    }
    return chain;
  }

  /** In their order, each once, whoever else has asked for them. */
  #apply(chain: readonly Said[], last: Tip): void {
    let position = last.position - chain.length;
    for (const { by, record } of chain) {
      position++;
      if (position <= this.history.position) continue;
      this.history.apply(record, position, by === this.#by);
      this.history.reached(position);
      if (position % FOLD_EVERY === 0) this.#read(this.history.fold().records, position);
    }
    if (this.#at === undefined || last.position > this.#at.position) this.#at = last;
  }

  /** For who comes, or has lost the others (L1). */
  async #begin(known: Tip | undefined, last: Tip): Promise<void> {
    const base = read<Base>(await this.#store.base());
    const chain = base && (await this.#chain(last, base.at));
    if (this.#at !== known) return this.poll(); // another call has begun meanwhile
    if (base !== undefined && chain !== undefined) {
      this.#read(base.records, base.at.position);
      this.#at = base.at;
      this.#isReading = true; // what is news is told by one word
      this.#apply(chain, last);
      this.#isReading = false;
    } else {
      this.#read([['all', last.position]], last.position);
      this.#at = last;
      // Those who come later begin here, rather than where they come.
      await this.#writeBase();
    }
    if (known !== undefined) this.#heard({ kind: 'all' });
  }

  /** Takes over what counts, in the place of all that was known; it is news to nobody. */
  #read(records: readonly LogRecord[], position: number): void {
    const wasReading = this.#isReading;
    this.#isReading = true;
    this.history.forget();
    for (const record of records) this.history.apply(record, position, false);
    this.history.reached(position);
    this.#isReading = wasReading;
  }

  async #writeBase(): Promise<void> {
    const base: Base = { at: this.#at!, records: this.history.fold().records };
    await this.#store.putBase(bytesOf(base));
  }
}

function isSame(one: Tip, other: Tip | undefined): boolean {
  return one.position === other?.position && one.id === other.id;
}

function bytesOf(content: Said | Base): Buffer {
  return Buffer.from(JSON.stringify(content));
}

function read<T>(bytes: Buffer | undefined): T | undefined {
  return bytes && (JSON.parse(bytes.toString()) as T);
}
