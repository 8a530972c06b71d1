/** Deadlines of parked operations: a binary heap, and one timer for the next of them. */
import type { Clock } from './clock.ts';
import type { Waiter } from './waiter.ts';

export class Timers {
  readonly #clock: Clock;
  readonly #due: (waiter: Waiter) => void;
  #heap: Waiter[] = [];
  /** Of the heap, those that were answered before their time. */
  #answered = 0;
  #cancel: (() => void) | undefined;
  #wakesAt = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, due: (waiter: Waiter) => void) {
    this.#clock = clock;
    this.#due = due;
  }

  add(waiter: Waiter): void {
    if (waiter.deadline === Number.POSITIVE_INFINITY) return;
    const heap = this.#heap;
    let at = heap.push(waiter) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (heap[above]!.deadline <= waiter.deadline) break;
      heap[at] = heap[above]!;
      at = above;
    }
    heap[at] = waiter;
    this.#schedule();
  }

  /** One that was added has its answer: long deadlines must not keep it in memory. */
  answered(waiter: Waiter): void {
    if (waiter.deadline === Number.POSITIVE_INFINITY) return;
    this.#answered++;
    if (this.#answered < 1000 || this.#answered < this.#heap.length / 2) return;
    // A sorted list is a heap.
    this.#heap = this.#heap.filter(({ done }) => !done).sort((a, b) => a.deadline - b.deadline);
    this.#answered = 0;
  }

  stop(): void {
    this.#cancel?.();
    this.#heap.length = 0;
  }

  #schedule(): void {
    // Those that were answered are taken out when they come to the top.
    while (this.#heap[0]?.done === true) this.#removeFirst();
    const first = this.#heap[0];
    if (first === undefined || first.deadline >= this.#wakesAt) return;
    this.#cancel?.();
    this.#wakesAt = first.deadline;
    this.#cancel = this.#clock.after(Math.max(0, first.deadline - this.#clock.now()), () => this.#wake());
  }

  #wake(): void {
    this.#cancel = undefined;
    this.#wakesAt = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    for (let first = this.#heap[0]; first !== undefined && first.deadline <= now; first = this.#heap[0]) {
      this.#removeFirst();
      if (!first.done) this.#due(first);
    }
    this.#schedule();
  }

  #removeFirst(): void {
    const heap = this.#heap;
    if (heap[0]!.done && this.#answered > 0) this.#answered--;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && heap[below + 1]!.deadline < heap[below]!.deadline) below++;
      if (heap[below]!.deadline >= last.deadline) break;
      heap[at] = heap[below]!;
      at = below;
    }
    heap[at] = last;
  }
}
