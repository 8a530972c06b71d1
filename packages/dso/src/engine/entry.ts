import type { Lease } from '../lease.ts';
import type { Value } from '../value/value.ts';
import type { Cell } from './cell.ts';
import type { Refusal } from './refusal.ts';
import type { SlotSession } from './slot-session.ts';
import type { TaskOutcome } from './task.ts';
import type { Waiter } from './waiter.ts';

/** What a slot's log is made of: all that ever changes its state. `at` is the time at the member that made it. */
export type Entry =
  /** First use of an object. */
  | {
      readonly kind: 'create';
      readonly at: number;
      readonly session: SlotSession;
      readonly cell: Cell;
      readonly config: readonly Value[];
      /** With which a new one goes. */
      readonly lease: Lease | undefined;
    }
  /** An operation that writes. `acked`: its client has all answers of the session and slot up to there. */
  | {
      readonly kind: 'call';
      readonly at: number;
      readonly session: SlotSession;
      readonly sequence: number;
      readonly acked: number;
      readonly cell: Cell;
      readonly operation: number;
      readonly args: readonly Value[];
      readonly fence: number;
      /** Infinity: none. */
      readonly deadline: number;
    }
  /** An operation that was not let in: its number is taken all the same, so that those after it can follow. */
  | {
      readonly kind: 'refuse';
      readonly at: number;
      readonly session: SlotSession;
      readonly sequence: number;
      readonly acked: number;
      readonly refusal: Refusal;
    }
  /** User code has run. */
  | { readonly kind: 'finish'; readonly at: number; readonly cell: Cell; readonly outcome: TaskOutcome }
  /** A parked operation is given up. */
  | {
      readonly kind: 'give-up';
      readonly at: number;
      readonly waiter: Waiter;
      readonly why: 'timeout' | 'cancelled';
    }
  /** The client has these answers, although it still waits for one before them. */
  | {
      readonly kind: 'acknowledge';
      readonly at: number;
      readonly session: SlotSession;
      readonly sequences: readonly number[];
    }
  /** A session is over: what it waits for and holds is let go. `expired`: by silence, so that its client may not know. */
  | { readonly kind: 'end'; readonly at: number; readonly session: SlotSession; readonly expired: boolean }
  /** A lease is over: its objects go. */
  | { readonly kind: 'end-lease'; readonly at: number; readonly lease: string }
  /** All objects go. */
  | { readonly kind: 'clear'; readonly at: number };
