/** The worker's side of loans: asks the client for workers on behalf of executors within its calls. */
import type { ChannelEvents } from '../backend/backend.ts';
import { type LogPiece, packLog } from '../logs/log-frame.ts';
import type { BorrowedWorker, Parent } from '../parent.ts';
import { FrameType, jsonFrame } from '../wire/frames.ts';
import {
  type Borrow,
  type GiveBack,
  type LoanEnded,
  packLoan,
  unpackLoan,
  type WorkerTerms,
} from '../wire/loan.ts';
import type { AgentPayload } from '../wire/payload.ts';
import type { SyncWriter } from './channel-outlet.ts';

export class Borrower {
  readonly #write: SyncWriter;
  readonly #loans = new Map<number, ChannelEvents>();
  #next = 0;

  constructor(write: SyncWriter) {
    this.#write = write;
  }

  borrow(terms: WorkerTerms, events: ChannelEvents): BorrowedWorker {
    const loan = this.#next++;
    this.#loans.set(loan, events);
    const asked: Borrow = { loan, ...terms };
    this.#write(jsonFrame(FrameType.borrow, asked));
    const end = (kill: boolean, worn: boolean): void => {
      if (!this.#loans.delete(loan)) return;
      const given: GiveBack = { loan, kill, worn };
      this.#write(jsonFrame(FrameType.giveBack, given));
      // Whoever ends it is told of its end, as of any other worker.
      queueMicrotask(() => events.onExit({ code: kill ? null : 0, signal: kill ? 'SIGKILL' : null }));
    };
    return {
      send: (frames) => {
        if (this.#loans.has(loan)) this.#write(packLoan(loan, [frames]));
      },
      giveBack: (worn) => end(false, worn),
      kill: () => end(true, false),
    };
  }

  /** What is printed has one writer: the client. */
  print(piece: LogPiece): void {
    this.#write(packLog(piece));
  }

  receive(body: Uint8Array): void {
    const { loan, frames } = unpackLoan(body);
    this.#loans.get(loan)?.onData(frames);
  }

  ended({ loan, code, signal, error }: LoanEnded): void {
    const events = this.#loans.get(loan);
    if (events === undefined) return;
    this.#loans.delete(loan);
    this.#write(jsonFrame(FrameType.giveBack, { loan, kill: false, worn: false } satisfies GiveBack));
    events.onExit({ code, signal, ...(error !== undefined && { error: new Error(error) }) });
  }
}

/** Job numbers that one worker may give. */
const JOBS_A_WORKER = 2 ** 16;

/** @param borrower `undefined` for an agent without a channel */
export function parentOf(payload: AgentPayload, borrower: Borrower | undefined): Parent {
  const first = (Number(payload.workerId.slice(1)) + 1) * JOBS_A_WORKER;
  let given = 0;
  return {
    payload,
    borrow: borrower && ((terms, events) => borrower.borrow(terms, events)),
    print: borrower && ((piece) => borrower.print(piece)),
    nextJob: () => first + (given++ % JOBS_A_WORKER),
    onCallEnd: new Set(),
  };
}
