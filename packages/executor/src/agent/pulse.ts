/**
 * What an agent's main thread runs right now, in memory that its guard shares: a thread that computes answers no
 * message. Written at the start and end of every call, so it costs a few stores.
 */

/** Words: 0 sequence (odd while it is being written), 1 running, 2 job, 3 index, 4 attempt, 5 write lock, 6 busy. */
const WORDS = 7;
/** Numbers: 0 start (milliseconds since the epoch), 1 timeout (milliseconds, 0: none), 2 memory (bytes, 0: no limit). */
const NUMBERS = 3;
const LOCK = 5;
const BUSY = 6;

/** A call as the guard sees it. */
export interface Beat {
  readonly sequence: number;
  readonly job: number;
  readonly index: number;
  readonly attempt: number;
  readonly startedAt: number;
  readonly timeoutMs: number;
  readonly memory: number;
}

export class Pulse {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #numbers: Float64Array;

  /** @param buffer of the pulse that another thread has made */
  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(NUMBERS * 8 + WORDS * 4)) {
    this.buffer = buffer;
    this.#numbers = new Float64Array(buffer, 0, NUMBERS);
    this.#words = new Int32Array(buffer, NUMBERS * 8, WORDS);
  }

  begin(
    job: number,
    index: number,
    attempt: number,
    startedAt: number,
    timeoutMs: number,
    memory: number,
  ): void {
    const words = this.#words;
    Atomics.add(words, 0, 1);
    words[2] = job;
    words[3] = index;
    words[4] = attempt;
    this.#numbers[0] = startedAt;
    this.#numbers[1] = timeoutMs;
    this.#numbers[2] = memory;
    words[1] = 1;
    Atomics.add(words, 0, 1);
  }

  end(): void {
    Atomics.store(this.#words, 1, 0);
    Atomics.add(this.#words, 0, 2);
  }

  /** The thread has calls to run, or outcomes to deliver. */
  get busy(): boolean {
    return Atomics.load(this.#words, BUSY) === 1;
  }

  set busy(busy: boolean) {
    Atomics.store(this.#words, BUSY, busy ? 1 : 0);
  }

  /** The call that runs; `undefined` between calls. */
  read(): Beat | undefined {
    const words = this.#words;
    const sequence = Atomics.load(words, 0);
    if (words[1] === 0 || sequence % 2 !== 0) return undefined;
    const beat = {
      sequence,
      job: words[2]! >>> 0,
      index: words[3]!,
      attempt: words[4]!,
      startedAt: this.#numbers[0]!,
      timeoutMs: this.#numbers[1]!,
      memory: this.#numbers[2]!,
    };
    return Atomics.load(words, 0) === sequence ? beat : undefined;
  }

  /** The call of `beat` still runs. */
  isCurrent(beat: Beat): boolean {
    return Atomics.load(this.#words, 0) === beat.sequence && this.#words[1] === 1;
  }

  /** Waits until nobody writes to the client, and is the one who does; `false` when that took too long. */
  lock(timeoutMs?: number): boolean {
    while (Atomics.compareExchange(this.#words, LOCK, 0, 1) !== 0) {
      if (Atomics.wait(this.#words, LOCK, 1, timeoutMs) === 'timed-out') return false;
    }
    return true;
  }

  unlock(): void {
    Atomics.store(this.#words, LOCK, 0);
    Atomics.notify(this.#words, LOCK);
  }
}
