/** Messages of workers that borrow workers: frames within a frame, `u32 loan · u32 zero · frames`. */
import { FrameType, frame } from './frames.ts';

/** What a worker is to be. */
export interface WorkerTerms {
  /** What it may hold, bytes. */
  readonly memory: number | undefined;
  /** It has run nothing before. */
  readonly fresh: boolean;
}

/** Worker to client: asks for a worker. */
export interface Borrow extends WorkerTerms {
  readonly loan: number;
}

/** Worker to client: gives a worker back. */
export interface GiveBack {
  readonly loan: number;
  /** What runs there is wanted no more. */
  readonly kill: boolean;
  /** It is used up: nobody is to have it again. */
  readonly worn: boolean;
}

/** Client to worker: the borrowed worker has died. */
export interface LoanEnded {
  readonly loan: number;
  readonly code: number | null;
  readonly signal: string | null;
  readonly error: string | undefined;
}

const HEAD = 8;

export function packLoan(loan: number, frames: readonly Uint8Array[]): Uint8Array[] {
  const head = new Uint8Array(HEAD);
  new DataView(head.buffer).setUint32(0, loan, true);
  return frame(FrameType.loan, [head, ...frames]);
}

export function unpackLoan(body: Uint8Array): { readonly loan: number; readonly frames: Uint8Array } {
  return {
    loan: new DataView(body.buffer, body.byteOffset).getUint32(0, true),
    frames: body.subarray(HEAD),
  };
}
