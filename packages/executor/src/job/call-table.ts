/**
 * The state of a job's calls, in columns and pages: a hundred thousand calls cost a few arrays, not a hundred
 * thousand objects, and what a stream has read and nobody can ask for again is dropped a page at a time.
 */

/** States only move forward, except that a lost attempt makes its call `new` again. */
export const CallState = { new: 0, invoked: 1, success: 2, error: 3, lost: 4, cancelled: 5 } as const;
export type CallState = (typeof CallState)[keyof typeof CallState];
export const stateNames = ['new', 'invoked', 'success', 'error', 'lost', 'cancelled'] as const;
export type CallStateName = (typeof stateNames)[number];

export const isSettled = (state: CallState): boolean => state >= CallState.success;

/** What the calls of one message have in common. */
export interface BatchStats {
  readonly worker: string;
  readonly submitTstamp: number;
  readonly doneTstamp: number;
  readonly calls: number;
  readonly attempt: number;
  readonly coldStart: boolean;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly cpuUser: number;
  readonly cpuSystem: number;
  readonly peakMemory: number;
}

const PAGE = 1024;

/** Of each call of a page: how it ran. */
class Runs {
  readonly states = new Uint8Array(PAGE);
  /** The latest attempt that was begun, 0 before the first. */
  readonly attempts = new Uint16Array(PAGE);
  /** Start and end in the worker, milliseconds since the epoch. */
  readonly times = new Float64Array(PAGE * 2);
  readonly batches: (BatchStats | undefined)[] = new Array(PAGE);
}

class Page {
  readonly states: Runs['states'];
  readonly attempts: Runs['attempts'];
  readonly times: Runs['times'];
  readonly batches: Runs['batches'];
  readonly values: unknown[];
  forgotten = 0;

  constructor(runs: Runs = new Runs(), values: unknown[] = new Array(PAGE)) {
    this.states = runs.states;
    this.attempts = runs.attempts;
    this.times = runs.times;
    this.batches = runs.batches;
    this.values = values;
  }

  withoutValues(): Page {
    return new Page(this, []);
  }
}

export class CallTable {
  readonly #pages = new Map<number, Page>();
  #size = 0;
  #settled = 0;
  #failed = 0;

  /** Calls that exist so far: inputs that were read. */
  get size(): number {
    return this.#size;
  }

  get settled(): number {
    return this.#settled;
  }

  /** Calls that ended without a result, and were not cancelled. */
  get failed(): number {
    return this.#failed;
  }

  /** Adds a call and gives its index. */
  add(): number {
    const index = this.#size++;
    if (index % PAGE === 0) this.#pages.set(index / PAGE, new Page());
    return index;
  }

  state(index: number): CallState {
    const page = this.#pages.get(Math.floor(index / PAGE));
    return page === undefined ? CallState.success : (page.states[index % PAGE] as CallState);
  }

  setState(index: number, state: CallState): void {
    const page = this.#page(index);
    page.states[index % PAGE] = state;
  }

  /** The latest attempt of the call, 0 before the first. */
  attempt(index: number): number {
    return this.#pages.get(Math.floor(index / PAGE))?.attempts[index % PAGE] ?? 0;
  }

  /** The call is handed out. */
  invoke(index: number, attempt: number): void {
    const page = this.#page(index);
    const at = index % PAGE;
    page.states[at] = CallState.invoked;
    if (attempt > page.attempts[at]!) page.attempts[at] = attempt;
  }

  /** Gives a call its outcome; `false` when it has one already (E3: the first one stands). */
  settle(index: number, state: CallState, value: unknown): boolean {
    const page = this.#page(index);
    if (isSettled(page.states[index % PAGE] as CallState)) return false;
    page.states[index % PAGE] = state;
    page.values[index % PAGE] = value;
    this.#settled++;
    if (state === CallState.error || state === CallState.lost) this.#failed++;
    return true;
  }

  /** The result, or why there is none, by the call's state. */
  value(index: number): unknown {
    return this.#page(index).values[index % PAGE];
  }

  setStats(index: number, start: number, end: number, batch: BatchStats): void {
    const page = this.#page(index);
    const at = index % PAGE;
    page.times[at * 2] = start;
    page.times[at * 2 + 1] = end;
    page.batches[at] = batch;
  }

  /** `undefined` for a call that has not run to its end, or that a stream has forgotten. */
  stats(index: number): { start: number; end: number; batch: BatchStats } | undefined {
    const page = this.#pages.get(Math.floor(index / PAGE));
    const at = index % PAGE;
    const batch = page?.batches[at];
    return page && batch && { start: page.times[at * 2]!, end: page.times[at * 2 + 1]!, batch };
  }

  /** Forgets the outcome of a call that nobody can ask for any more. */
  forget(index: number): void {
    const page = this.#page(index);
    page.values[index % PAGE] = undefined;
    if (++page.forgotten === PAGE) this.#pages.delete(Math.floor(index / PAGE));
  }

  /** How the calls ran, without what came of them. */
  withoutValues(): CallTable {
    const table = new CallTable();
    for (const [number, page] of this.#pages) table.#pages.set(number, page.withoutValues());
    table.#size = this.#size;
    table.#settled = this.#settled;
    table.#failed = this.#failed;
    return table;
  }

  /** Every result in order, once all calls have succeeded. */
  values(): unknown[] {
    const all: unknown[] = new Array(this.#size);
    let index = 0;
    for (const page of this.#pages.values()) {
      for (let i = 0; i < PAGE && index < this.#size; i++) all[index++] = page.values[i];
    }
    return all;
  }

  #page(index: number): Page {
    const page = this.#pages.get(Math.floor(index / PAGE));
    if (page === undefined)
      throw new RangeError(`call ${index} of a stream has been read and forgotten, or does not exist yet`);
    return page;
  }
}
