import type { Value } from '../value/value.ts';
import type { Cell } from './cell.ts';
import type { ReplyPort } from './reply-port.ts';
import type { SlotSession } from './slot-session.ts';

/** An operation that has begun and not been answered. Data: it is part of the slot's state, and moves with it (D6). */
export class Waiter {
  readonly session: SlotSession;
  readonly sequence: number;
  readonly cell: Cell;
  readonly operation: number;
  /** Empty when they were let go: `lean`. */
  args: readonly Value[];
  readonly fence: number;
  /** When it times out, milliseconds since the epoch; Infinity: never. */
  readonly deadline: number;
  lane: string;
  /** The type's own. */
  data: unknown;
  /** Answered, or given up: it is in no lane any more. */
  done = false;
  /** Where this node answers. Not state: a new owner of the slot has none until the client asks it again. */
  port: ReplyPort | undefined;
  callId = 0;

  constructor(
    session: SlotSession,
    sequence: number,
    cell: Cell,
    operation: number,
    args: readonly Value[],
    fence: number,
    deadline: number,
  ) {
    this.session = session;
    this.sequence = sequence;
    this.cell = cell;
    this.operation = operation;
    this.args = args;
    this.fence = fence;
    this.deadline = deadline;
    this.lane = '';
    this.data = undefined;
  }
}
