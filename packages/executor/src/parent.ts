/**
 * What an executor finds that is made within a call: the worker it runs in, and by it the executor that the call is of.
 * One slot a process, shared by however many copies of this package are loaded.
 */
import type { ChannelEvents } from './backend/backend.ts';
import type { LogPiece } from './logs/log-frame.ts';
import type { WorkerTerms } from './wire/loan.ts';
import type { AgentPayload } from './wire/payload.ts';

/** A worker of the same executor, for the calls of a call. */
export interface BorrowedWorker {
  /** Sends whole frames. */
  send(frames: Uint8Array): void;
  /** @param worn others are not to use it again */
  giveBack(worn: boolean): void;
  kill(): void;
}

export interface Parent {
  readonly payload: AgentPayload;
  /** Asks for a worker. `undefined` where agents have no channel: those start agents of their own. */
  readonly borrow: ((terms: WorkerTerms, events: ChannelEvents) => BorrowedWorker) | undefined;
  /** Has the client print what a borrowed worker wants printed. `undefined` where agents have no channel. */
  readonly print: ((piece: LogPiece) => void) | undefined;
  /** Numbers of jobs that no other worker of the executor gives. */
  nextJob(): number;
  /** Of executors within the call that runs: what they do when it ends. */
  readonly onCallEnd: Set<() => void>;
}

const slot = Symbol.for('skein.executor@0.parent');

export function parent(): Parent | undefined {
  return (process as unknown as Record<symbol, Parent | undefined>)[slot];
}

/** For the agent. */
export function setParent(value: Parent): void {
  (process as unknown as Record<symbol, Parent | undefined>)[slot] = value;
}
