/**
 * The calls of a job that are to run: inputs not read yet, inputs that other calls have still to make, and calls that
 * run again. Inputs are read one ahead of the workers.
 */
import { CallState, type CallTable, isSettled } from './call-table.ts';
import { type Dependency, PendingInput, type Resolution } from './dependency.ts';
import type { InputSource } from './input-source.ts';

/** Calls that are to run, with their inputs. */
export interface Chunk {
  readonly indexes: number[];
  readonly items: unknown[];
  readonly attempt: number;
  /** A call that may have ended a worker: it runs in one that has nothing else, so that its fate is its own. */
  readonly alone: boolean;
}

/** Entries that are worth a copy of those that follow them. */
const FORGET_TAKEN = 1024;

export interface CallQueueOptions {
  readonly table: CallTable;
  /** Another input may be read: a stream is not to run ahead of its reader. */
  readonly mayRead: () => boolean;
  readonly onEnd: () => void;
  readonly onBroken: (error: unknown) => void;
  /** A call has its outcome without having run: what it depends on has failed. */
  readonly settle: (index: number, state: CallState, value: unknown) => void;
  /** There may be something to run. */
  readonly onWork: () => void;
}

export class CallQueue {
  readonly #options: CallQueueOptions;
  readonly #table: CallTable;
  #input: InputSource | undefined;
  #peeked: { readonly item: unknown } | undefined;
  #ended = false;
  /** Inputs that have become calls. A call that is cancelled before that is in the table already. */
  #begun = 0;
  /** Calls whose attempt has failed or was lost, each by itself: which call killed a worker is not always known. */
  #again: Chunk[] = [];
  /** Of those, how many have been taken. */
  #taken = 0;
  /** Calls whose input has come from other calls. */
  #resolved: { index: number; item: unknown }[] = [];

  constructor(options: CallQueueOptions) {
    this.#options = options;
    this.#table = options.table;
  }

  open(input: InputSource): void {
    this.#input = input;
  }

  /** Inputs that there are in all; `undefined` while nobody knows. */
  get length(): number | undefined {
    return this.#ended ? this.#table.size : this.#input?.length;
  }

  /** All inputs have been read. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Calls that could still be handed out, as far as known: `Infinity` for an iterable that may have more. */
  get waiting(): number {
    const here = this.#again.length - this.#taken + this.#resolved.length;
    if (this.#ended) return here;
    const length = this.#input?.length;
    return here + (length === undefined ? Number.POSITIVE_INFINITY : length - this.#begun);
  }

  /** The next call is to run alone. */
  get nextAlone(): boolean {
    return this.#again[this.#taken]?.alone === true;
  }

  /** Whether a call can be handed out now. Looks one input ahead. */
  ready(): boolean {
    if (this.#again.length > this.#taken || this.#resolved.length > 0) return true;
    return this.#peek() !== undefined || this.#resolved.length > 0;
  }

  #peek(): { readonly item: unknown } | undefined {
    if (this.#peeked === undefined && this.#options.mayRead()) this.#peeked = this.#next();
    return this.#peeked;
  }

  /** Takes up to `most` calls that are to run now; `undefined` when there are none yet or none left. */
  take(most: number): Chunk | undefined {
    const again = this.#takeAgain(most);
    if (again !== undefined) return again;
    const chunk: Chunk = { indexes: [], items: [], attempt: 1, alone: false };
    for (const { index, item } of this.#resolved.splice(0, most)) {
      if (!isSettled(this.#table.state(index))) this.#add(chunk, index, item);
    }
    for (let next = this.#peek(); next !== undefined; next = this.#peek()) {
      if (chunk.indexes.length >= most) break;
      this.#peeked = undefined;
      const index = this.#begin();
      if (!isSettled(this.#table.state(index))) this.#add(chunk, index, next.item);
    }
    return chunk.indexes.length > 0 ? chunk : undefined;
  }

  /** Calls of one attempt; those that are to run alone, one by one. */
  #takeAgain(most: number): Chunk | undefined {
    let chunk: Chunk | undefined;
    for (; this.#taken < this.#again.length; this.#taken++) {
      const { indexes, items, attempt, alone } = this.#again[this.#taken]!;
      const index = indexes[0]!;
      // What waits here may have its outcome by now: cancelled, or told by an attempt that was given up.
      if (isSettled(this.#table.state(index))) continue;
      if (chunk !== undefined && (alone || attempt !== chunk.attempt || chunk.indexes.length >= most)) break;
      this.#table.invoke(index, attempt);
      if (chunk === undefined) chunk = { indexes: [index], items: [items[0]], attempt, alone };
      else {
        chunk.indexes.push(index);
        chunk.items.push(items[0]);
      }
      if (alone) {
        this.#taken++;
        break;
      }
    }
    if (this.#taken === this.#again.length) this.#forgetTaken();
    else if (this.#taken >= FORGET_TAKEN && this.#taken * 2 >= this.#again.length) this.#forgetTaken();
    return chunk;
  }

  #forgetTaken(): void {
    this.#again.splice(0, this.#taken);
    this.#taken = 0;
  }

  /** The call of the next input. */
  #begin(): number {
    const index = this.#begun++;
    return index < this.#table.size ? index : this.#table.add();
  }

  #add(chunk: Chunk, index: number, item: unknown): void {
    this.#table.invoke(index, 1);
    chunk.indexes.push(index);
    chunk.items.push(item);
  }

  runAgain(chunk: Chunk): void {
    this.#again.push(chunk);
  }

  /** No more inputs are read, and the iterable may release what it holds. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#peeked = undefined;
    this.#input?.close();
    this.#options.onEnd();
  }

  clear(): void {
    this.end();
    this.#again = [];
    this.#taken = 0;
    this.#resolved = [];
  }

  #next(): { readonly item: unknown } | undefined {
    try {
      while (!this.#ended && this.#input !== undefined) {
        const next = this.#input.next();
        if (next.kind === 'end') this.end();
        if (next.kind !== 'item') return undefined;
        const awaited = PendingInput.dependencyOf(next.item);
        if (awaited === undefined) return next;
        this.await(this.#begin(), awaited);
        if (!this.#options.mayRead()) return undefined;
      }
    } catch (error) {
      this.#options.onBroken(error);
    }
    return undefined;
  }

  /** The call's input is the outcome of others: it is handed out when they have ended. */
  await(index: number, awaited: Dependency): void {
    const known = awaited.now();
    if (known !== undefined) this.#resolve(index, known);
    else
      awaited.whenKnown(() => {
        const resolution = awaited.now();
        if (resolution === undefined || isSettled(this.#table.state(index))) return;
        this.#resolve(index, resolution);
        this.#options.onWork();
      });
  }

  #resolve(index: number, resolution: Resolution): void {
    if ('item' in resolution) this.#resolved.push({ index, item: resolution.item });
    else if ('state' in resolution) this.#options.settle(index, resolution.state, resolution.error);
    else
      resolution.reading.then(
        (item) => {
          if (isSettled(this.#table.state(index))) return;
          this.#resolved.push({ index, item });
          this.#options.onWork();
        },
        (error: unknown) => this.#options.settle(index, CallState.error, error),
      );
  }
}
