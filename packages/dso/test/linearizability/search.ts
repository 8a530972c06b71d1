/**
 * Looks for an order of one part's operations: the algorithm of Wing & Gong (1993) with the memory of Lowe (2017), as in
 * Porcupine: operations are taken, in the order of calls, out of a list of calls and returns; what is called after the first
 * return in the list has to wait, since the operation that returned comes before it.
 *
 * Operations of unknown outcome have no return, and need not be placed at all. They are tried last: most never mattered. What
 * is not tried could not have helped. If some order goes on from here, then one does that keeps to these:
 *
 * - P1 An unknown operation that would change nothing is left out.
 * - P2 Of two operations with the same input and answer, the one that was called earlier and returned no later comes first:
 *   they can be exchanged.
 * - P3 An operation that only observes, and may come now, comes now: nothing else notices where it is.
 */
import { EntryList } from './entry-list.ts';
import type { History, Operation, ReturnedOperation } from './history.ts';
import { LinearisedSet } from './linearised-set.ts';
import type { Model } from './model.ts';

/** What a search may cost. */
export interface Budget {
  /** In milliseconds of `now`. */
  readonly deadline: number;
  readonly states: number;
  now(): number;
}

export type Found<S, I, O> = { readonly states: number } & (
  | { readonly kind: 'order'; readonly order: History<I, O> }
  | {
      readonly kind: 'none';
      /** The longest order that was found to be possible, counted in operations that returned. */
      readonly longest: History<I, O>;
      /** The state that it leads to. */
      readonly state: S;
      /** The first operation to return that `longest` does not hold: nothing makes it possible in time. */
      readonly stuck: ReturnedOperation<I, O>;
    }
  | { readonly kind: 'exhausted'; readonly limit: 'time' | 'states' }
);

/** See the head of this file. */
export function search<S extends NonNullable<unknown>, I, O>(
  model: Model<S, I, O>,
  history: History<I, O>,
  budget: Budget,
): Found<S, I, O> {
  return new Search(model, history, budget).run();
}

/** Between two looks at the clock. */
const TRIES_BETWEEN_CLOCKS = 1024;

/** How to go on after an operation that was placed is taken back. */
interface Step<S> {
  readonly operation: number;
  readonly state: S;
  readonly stateId: number;
  readonly cursor: number;
  readonly until: number;
}

class Search<S extends NonNullable<unknown>, I, O> {
  readonly #model: Model<S, I, O>;
  readonly #budget: Budget;
  /** In the order of calls. */
  readonly #operations: History<I, O>;
  readonly #observes: readonly boolean[];
  /** For P2: an operation that comes before this one, or -1. */
  readonly #twins: Int32Array;
  /** Numbers of operations of unknown outcome. */
  readonly #unknown: readonly number[];
  readonly #list: EntryList;
  readonly #placed: LinearisedSet;
  readonly #seen = new Set<string>();
  readonly #stateIds = new Map<string, number>();
  readonly #path: Step<S>[] = [];
  #state: S;
  #stateId: number;
  /** Operations that returned and are not placed. */
  #missing: number;
  /** What to try next: an entry of the list, or, from `#total * 2 + 2` on, one of `#unknown`. */
  #cursor = FRESH;
  /** Until when an unknown operation had to be called to come next. */
  #until = 0;
  #longest: { missing: number; order: number[]; state: S; stuck: number } | undefined;
  #tries = 0;
  #exhausted: 'time' | 'states' | undefined;

  constructor(model: Model<S, I, O>, history: History<I, O>, budget: Budget) {
    this.#model = model;
    this.#budget = budget;
    this.#operations = [...history].sort((one, other) => one.call - other.call);
    const isUnknown = this.#operations.map((operation) => operation.return === undefined);
    this.#observes = this.#operations.map(
      (operation) =>
        operation.return !== undefined && (model.observes?.(operation.input, operation.output) ?? false),
    );
    this.#twins = twins(this.#operations);
    this.#unknown = [...isUnknown.keys()].filter((operation) => isUnknown[operation]);
    this.#list = new EntryList(this.#operations);
    this.#placed = new LinearisedSet(isUnknown);
    this.#missing = this.#operations.length - this.#unknown.length;
    this.#state = model.init();
    this.#stateId = this.#idOf(this.#state);
  }

  run(): Found<S, I, O> {
    while (this.#missing > 0) {
      if (this.#advance()) continue;
      if (this.#exhausted) return { kind: 'exhausted', limit: this.#exhausted, states: this.#seen.size };
      this.#keepLongest();
      if (!this.#retreat()) return this.#failure();
    }
    const order = this.#path.map((step) => this.#operations[step.operation]!);
    return { kind: 'order', order, states: this.#seen.size };
  }

  /** Places one more operation. False when there is none left to try here. */
  #advance(): boolean {
    const total = this.#operations.length;
    const firstUnknown = 2 * total + 2;
    if (this.#cursor === FRESH) {
      this.#cursor = this.#list.first();
      const observer = this.#observer();
      if (observer >= 0) {
        // P3: nothing else has to be tried here.
        this.#cursor = firstUnknown + this.#unknown.length;
        return this.#place(observer, this.#state);
      }
    }
    while (!this.#exhausted) {
      const cursor = this.#cursor;
      if (cursor < total) {
        this.#cursor = this.#list.after(cursor);
        if (this.#try(cursor)) return true;
      } else if (cursor < firstUnknown) {
        this.#until = this.#operations[cursor - total]?.return ?? Number.POSITIVE_INFINITY;
        this.#cursor = firstUnknown;
      } else {
        const operation = this.#unknown[cursor - firstUnknown];
        if (operation === undefined || this.#operations[operation]!.call > this.#until) return false;
        this.#cursor++;
        if (!this.#placed.has(operation) && this.#try(operation)) return true;
      }
    }
    return false;
  }

  /** An operation that may come next and only observes, or -1. */
  #observer(): number {
    const total = this.#operations.length;
    for (let entry = this.#list.first(); entry < total; entry = this.#list.after(entry)) {
      if (this.#observes[entry] && this.#after(this.#operations[entry]!) !== undefined) return entry;
    }
    return -1;
  }

  /** Places this operation next, unless it is impossible or of no use. */
  #try(operation: number): boolean {
    const twin = this.#twins[operation]!;
    // P2
    if (twin >= 0 && !this.#placed.has(twin)) return false;
    const next = this.#after(this.#operations[operation]!);
    return next !== undefined && this.#place(operation, next);
  }

  /** The state after this operation, `undefined` if it cannot come next. */
  #after(operation: Operation<I, O>): S | undefined {
    if (++this.#tries % TRIES_BETWEEN_CLOCKS === 0 && this.#budget.now() > this.#budget.deadline)
      this.#exhausted = 'time';
    return operation.return === undefined
      ? this.#model.stepUnknown(this.#state, operation.input)
      : this.#model.step(this.#state, operation.input, operation.output);
  }

  /** False if that leads where the search has been before. */
  #place(operation: number, next: S): boolean {
    const nextId = next === this.#state ? this.#stateId : this.#idOf(next);
    const isUnknown = this.#operations[operation]!.return === undefined;
    // P1
    if (isUnknown && nextId === this.#stateId) return false;
    this.#placed.add(operation);
    const { size } = this.#seen;
    this.#seen.add(this.#placed.keyWith(nextId));
    const isNew = this.#seen.size > size;
    if (!isNew || size >= this.#budget.states) {
      if (isNew) this.#exhausted = 'states';
      this.#placed.delete(operation);
      return false;
    }
    this.#path.push({
      operation,
      state: this.#state,
      stateId: this.#stateId,
      cursor: this.#cursor,
      until: this.#until,
    });
    if (!isUnknown) {
      this.#list.lift(operation);
      this.#missing--;
    }
    this.#state = next;
    this.#stateId = nextId;
    this.#cursor = FRESH;
    return true;
  }

  /** Takes the last operation back. False if there is none. */
  #retreat(): boolean {
    const step = this.#path.pop();
    if (step === undefined) return false;
    this.#placed.delete(step.operation);
    if (this.#operations[step.operation]!.return !== undefined) {
      this.#list.unlift(step.operation);
      this.#missing++;
    }
    this.#state = step.state;
    this.#stateId = step.stateId;
    this.#cursor = step.cursor;
    this.#until = step.until;
    return true;
  }

  #keepLongest(): void {
    if (this.#longest !== undefined && this.#longest.missing <= this.#missing) return;
    const total = this.#operations.length;
    let entry = this.#list.first();
    while (entry < total) entry = this.#list.after(entry);
    const order = this.#path.map((step) => step.operation);
    this.#longest = { missing: this.#missing, order, state: this.#state, stuck: entry - total };
  }

  #failure(): Found<S, I, O> {
    const { order, state, stuck } = this.#longest!;
    return {
      kind: 'none',
      longest: order.map((operation) => this.#operations[operation]!),
      state,
      stuck: this.#operations[stuck] as ReturnedOperation<I, O>,
      states: this.#seen.size,
    };
  }

  #idOf(state: S): number {
    const key = this.#model.key(state);
    const id = this.#stateIds.get(key) ?? this.#stateIds.size;
    this.#stateIds.set(key, id);
    return id;
  }
}

/** The cursor where nothing has been tried yet. */
const FRESH = -1;

/** For P2. Of several that have to come before an operation the last called is enough: the others have to come before that. */
function twins<I, O>(operations: History<I, O>): Int32Array {
  const before = new Int32Array(operations.length).fill(-1);
  const latest = new Map<string, number>();
  const end = (operation: Operation<I, O>): number => operation.return ?? Number.POSITIVE_INFINITY;
  operations.forEach((operation, index) => {
    const answer = operation.return === undefined ? 'unknown' : JSON.stringify(operation.output);
    const kind = `${JSON.stringify(operation.input)} ${answer}`;
    const twin = latest.get(kind);
    if (twin !== undefined && end(operations[twin]!) <= end(operation)) before[index] = twin;
    latest.set(kind, index);
  });
  return before;
}
