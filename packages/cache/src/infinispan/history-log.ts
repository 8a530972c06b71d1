/**
 * What those who share a namespace tell each other, in one order: records in a cache, and a counter that says which is the last.
 *
 * REST has one thing that only one of many can do: to set a counter from one value to another. So a record is written first, under a
 * name of its own, then the counter is set from the record before to this one. A value is a position and a random number, which make up
 * the name; each record names the one before.
 *
 * - **L1** A chain that does not lead back to what was read last has lost something: everything is invalid.
 * - **L2** Positions begin at the time of day in milliseconds, beyond those of a history that was lost.
 * - **L3** Whoever writes every 64th record also writes what counts up to there, for those who come later.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { History } from '../node/history.ts';
import type { LogRecord } from '../node/log-record.ts';
import type { Invalidation } from '../tier.ts';
import type { InfinispanRest } from './rest.ts';

/** Of a value, those of its random number; the others, 41 in this century, are of its position. */
const NONCE_BITS = 22;
const BASE_EVERY = 64;
/** Who has missed more records than that begins anew, from the base. */
const LONGEST_CHAIN = 4 * BASE_EVERY;
/** Who comes later than that after the last of them, and has no base, finds everything invalid. */
const RECORD_SECONDS = 7 * 24 * 3600;
/** Names would be remembered for ever. */
const FOLD_EVERY = 4_096;

export interface HistoryLogOptions {
  readonly rest: InfinispanRest;
  /** Of the records: one that evicts nothing. */
  readonly cache: string;
  /** What names of this namespace begin with. */
  readonly space: string;
  readonly heard: (invalidation: Invalidation) => void;
}

interface Said {
  /** The value of the counter before. */
  readonly before: string;
  readonly by: string;
  readonly record: LogRecord;
}

/** What counts up to a value of the counter. */
interface Base {
  readonly at: string;
  readonly records: readonly LogRecord[];
}

export class HistoryLog {
  readonly history: History;
  readonly #options: HistoryLogOptions;
  readonly #by = randomBytes(9).toString('base64url');
  /** The counter as far as it was read. */
  #at: bigint | undefined;
  #isReading = false;

  constructor(options: HistoryLogOptions) {
    this.#options = options;
    this.history = new History((invalidation) => {
      if (!this.#isReading) options.heard(invalidation);
    });
  }

  /** Hears all that was said before this was called. */
  async poll(): Promise<void> {
    const known = this.#at;
    const last = await this.#last();
    if (last === known) return;
    const chain = known === undefined ? undefined : await this.#chain(last, known);
    if (chain !== undefined) this.#apply(chain, last);
    else await this.#begin(known, last);
  }

  /** @returns its position */
  async append(record: LogRecord): Promise<number> {
    for (;;) {
      await this.poll();
      const before = this.#at!;
      const position = positionOf(before) + 1;
      const next = counterValue(position, randomInt(1, 2 ** NONCE_BITS));
      const said: Said = { before: String(before), by: this.#by, record };
      await this.#put(next, said, RECORD_SECONDS);
      const isNext = await this.#options.rest.swapCounter(this.#counter, before, next);
      // Another one may have drawn the same number, and have written over it.
      if (!isNext || (await this.#get<Said>(next))?.by !== this.#by) continue;
      this.#apply([said], next);
      if (position % BASE_EVERY === 0) this.#writeBase().catch(() => {}); // the next one will
      return position;
    }
  }

  get #counter(): string {
    return `${this.#options.cache}-${this.#options.space}`;
  }

  async #last(): Promise<bigint> {
    const { rest } = this.#options;
    for (;;) {
      const last = await rest.counter(this.#counter);
      if (last !== undefined) return last;
      await rest.makeCounter(this.#counter, counterValue(Date.now(), 0));
    }
  }

  /** What was said after `known`, up to `last`; undefined where it does not lead there. */
  async #chain(last: bigint, known: bigint): Promise<readonly Said[] | undefined> {
    const chain: Said[] = [];
    for (let value = last; value !== known; ) {
      const isBeyond = positionOf(value) <= positionOf(known) || chain.length === LONGEST_CHAIN;
      const said = isBeyond ? undefined : await this.#get<Said>(value);
      if (said === undefined) return undefined;
      chain.unshift(said);
      value = BigInt(said.before);
    }
    return chain;
  }

  /** In their order, each once, whoever else has asked for them. */
  #apply(chain: readonly Said[], last: bigint): void {
    let position = positionOf(last) - chain.length;
    for (const { by, record } of chain) {
      position++;
      if (position <= this.history.position) continue;
      this.history.apply(record, position, by === this.#by);
      this.history.reached(position);
      if (position % FOLD_EVERY === 0) this.#read(this.history.fold().records, position);
    }
    if (this.#at === undefined || last > this.#at) this.#at = last;
  }

  /** For who comes, or has lost the others (L1). */
  async #begin(known: bigint | undefined, last: bigint): Promise<void> {
    const base = await this.#get<Base>('base');
    const from = base === undefined ? undefined : BigInt(base.at);
    const chain = from === undefined ? undefined : await this.#chain(last, from);
    if (this.#at !== known) return this.poll(); // another call has begun meanwhile
    if (base !== undefined && from !== undefined && chain !== undefined) {
      this.#read(base.records, positionOf(from));
      this.#at = from;
      this.#isReading = true; // what is news is told by one word
      this.#apply(chain, last);
      this.#isReading = false;
    } else {
      this.#read([['all', positionOf(last)]], positionOf(last));
      this.#at = last;
      // Those who come later begin here, rather than where they come.
      await this.#writeBase();
    }
    if (known !== undefined) this.#options.heard({ kind: 'all' });
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
    const base: Base = { at: String(this.#at), records: this.history.fold().records };
    await this.#put('base', base);
  }

  async #get<T>(name: bigint | 'base'): Promise<T | undefined> {
    const { rest, cache, space } = this.#options;
    const bytes = await rest.get(cache, `${space}-${name}`);
    return bytes && (JSON.parse(bytes.toString()) as T);
  }

  async #put(name: bigint | 'base', content: Said | Base, lifeSeconds?: number): Promise<void> {
    const { rest, cache, space } = this.#options;
    await rest.put(cache, `${space}-${name}`, Buffer.from(JSON.stringify(content)), lifeSeconds);
  }
}

function counterValue(position: number, nonce: number): bigint {
  return (BigInt(position) << BigInt(NONCE_BITS)) | BigInt(nonce);
}

function positionOf(value: bigint): number {
  return Number(value >> BigInt(NONCE_BITS));
}
