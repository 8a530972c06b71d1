/**
 * A worker that another worker uses: a call that runs calls of its own borrows workers of the same executor, speaks to
 * them as a client does, and gives them back. What they say to each other passes through here unread.
 */
import type { Exit } from '../backend/backend.ts';
import { FrameType, frame, jsonFrame } from '../wire/frames.ts';
import { type GiveBack, type LoanEnded, packLoan, type WorkerTerms } from '../wire/loan.ts';
import type { Wear } from './wear.ts';

/** What a loan needs of either worker. */
export interface LoanParty {
  /** Sends frames as they are. */
  pass(parts: readonly Uint8Array[]): void;
  kill(): void;
}

export interface Lendable extends LoanParty {
  loan: Loan | undefined;
  fresh: boolean;
  readonly wear: Wear;
}

export class Loan {
  readonly id: number;
  /** Of the worker that is asked for. */
  readonly terms: WorkerTerms;
  readonly #borrower: LoanParty;
  #lent: Lendable | undefined;
  #waiting: Uint8Array[] = [];
  #ended = false;

  constructor(id: number, terms: WorkerTerms, borrower: LoanParty) {
    this.id = id;
    this.terms = terms;
    this.#borrower = borrower;
  }

  /** Given back, or one of the two has died. */
  get ended(): boolean {
    return this.#ended;
  }

  lend(worker: Lendable): void {
    this.#lent = worker;
    worker.loan = this;
    worker.fresh = false;
    // Who has asked for a worker of its own has it to its end.
    if (this.terms.fresh) worker.wear.retire();
    if (this.#waiting.length > 0) worker.pass(this.#waiting);
    this.#waiting = [];
  }

  /** Frames of the borrower, for the worker that it has borrowed. */
  toLent(frames: Uint8Array): void {
    if (this.#lent === undefined) this.#waiting.push(frames);
    else this.#lent.pass([frames]);
  }

  toBorrower(type: FrameType, body: Uint8Array): void {
    if (!this.#ended) this.#borrower.pass(packLoan(this.id, frame(type, [body])));
  }

  /** @param kill what runs there is wanted no more */
  giveBack({ kill, worn }: Pick<GiveBack, 'kill' | 'worn'>): void {
    this.#ended = true;
    const lent = this.#lent;
    if (lent === undefined) return;
    this.#lent = undefined;
    lent.loan = undefined;
    if (worn) lent.wear.retire();
    if (kill) lent.kill();
  }

  /** The borrowed worker has died. */
  lost(exit: Exit): void {
    this.#ended = true;
    const { code, signal, error } = exit;
    const told: LoanEnded = { loan: this.id, code, signal, error: error?.message };
    this.#borrower.pass(jsonFrame(FrameType.loanEnded, told));
  }
}
