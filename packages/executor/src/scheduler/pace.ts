/**
 * How many calls go into a message, and how many messages may wait at one worker. Both follow from how long the
 * calls of the job take: trivial calls are grouped and sent ahead, so that no worker waits for a message; long
 * calls go one by one, so that no call waits behind another while a worker is free.
 */

/** Work that one message should carry when its size is ours to choose, milliseconds. */
const MESSAGE_MS = 1;
/** Agents gather the outcomes of calls that are shorter than half of this, milliseconds. */
const BRIEF_MS = 0.2;
/** Calls whose length says something of those that come with them. */
const ENOUGH_CALLS = 32;
/** Calls without which nobody knows what is long. */
const FEW_CALLS = 3;
/** Work that may wait at a worker, milliseconds. */
const AHEAD_MS = 2;
const MOST_CALLS = 4096;
const MOST_MESSAGES = 16;
/** A job whose calls have lately taken longer than this gets nothing sent ahead. */
const LONG_MS = 5;

export class Pace {
  readonly #chunksize: number | undefined;
  #callMs: number | undefined;
  #peakMs = 0;
  #leastMs = 0;
  #observed = 0;
  #lastChunk = 1;

  /** @param chunksize calls a message, where the user says it. */
  constructor(chunksize: number | undefined) {
    this.#chunksize = chunksize;
  }

  /** Calls of a message took this long in all, milliseconds; the longest and the shortest of them. */
  observe(calls: number, totalMs: number, longestMs: number, shortestMs: number): void {
    this.#leastMs = this.#callMs === undefined ? shortestMs : Math.min(shortestMs, this.#leastMs * 1.5);
    this.#observed += calls;
    const mean = totalMs / calls;
    this.#callMs = this.#callMs === undefined ? mean : this.#callMs * 0.7 + mean * 0.3;
    this.#peakMs = Math.max(longestMs, this.#peakMs * 0.9);
  }

  /** How long a call of this job takes, milliseconds; `undefined` until enough have ended to tell. */
  get typicalMs(): number | undefined {
    return this.#observed < FEW_CALLS ? undefined : this.#callMs;
  }

  /** There are calls that may end so close upon one another that their outcomes are delivered together. */
  get brief(): boolean {
    const unknown = this.#observed < ENOUGH_CALLS && (this.#chunksize ?? 1) > 1;
    return this.#callMs === undefined || unknown || this.#leastMs < BRIEF_MS;
  }

  /** Calls for the next message, when `waiting` are left for `workers`. */
  chunk(waiting: number, workers: number): number {
    if (this.#chunksize !== undefined) return this.#chunksize;
    if (this.#callMs === undefined) return 1;
    const fitting = Math.floor(MESSAGE_MS / Math.max(this.#callMs, 1e-5));
    // The last messages shrink, so that all workers end at about the same time.
    const share = Math.ceil(waiting / (workers * 2));
    this.#lastChunk = Math.max(1, Math.min(fitting, this.#lastChunk * 8, share, MOST_CALLS));
    return this.#lastChunk;
  }

  /** Messages that may be at one worker at a time, the one that runs included. */
  window(): number {
    if (this.#callMs === undefined || this.#peakMs > LONG_MS) return 1;
    const messageMs = this.#callMs * (this.#chunksize ?? this.#lastChunk);
    return Math.max(2, Math.min(MOST_MESSAGES, Math.ceil(AHEAD_MS / Math.max(messageMs, 1e-5))));
  }
}
