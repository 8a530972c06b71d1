import { processSite } from '@skein/codec';

/** Ends a read early, with `signal.reason`. @default the signal of the call that runs */
export interface ReadWait {
  readonly signal?: AbortSignal | undefined;
}

/** How batches are read. */
export interface BatchRead extends ReadWait {
  /**
   * Whether a batch may be put over the one before: it is there until the next is asked for, and what of it is to last has to
   * be copied. A half to two thirds of the time that new memory for each takes, where columns are looked at once. @default false
   */
  readonly reuse?: boolean | undefined;
}

export function signalOf(wait: ReadWait | undefined): AbortSignal | undefined {
  return wait?.signal ?? processSite().call?.signal;
}
