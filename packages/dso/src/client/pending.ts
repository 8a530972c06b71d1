import type { SiteCall } from '@skein/codec';
import type { Value } from '../value/value.ts';
import type { LinkSession } from './link-session.ts';
import type { ClientTarget } from './target.ts';

/**
 * `read`: changes nothing, may run again. `write`: once. `take`: a write that may give something to hold, such as a lock.
 * `wait`: one that may wait at the server for others, too.
 */
export type CallKind = 'read' | 'write' | 'take' | 'wait';

/** An operation that has no answer yet. One object for all of its way: many are made. */
export class Pending {
  readonly kind: CallKind;
  readonly target: ClientTarget;
  readonly operation: number;
  readonly args: readonly Value[];
  readonly fence: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** The call of an executor in which it was asked: what it gets is let go when that ends. */
  readonly owner: SiteCall | undefined;
  /** Its number on the connection. */
  callId = 0;
  session: LinkSession | undefined = undefined;
  /** 0: a read, or not sent yet. */
  sequence = 0;
  /** It has been on the wire: what became of it is the server's to say. */
  sent = false;
  /** It was asked to be cancelled, and why. */
  cancelled: 'timeout' | 'signal' | undefined = undefined;
  /** When it is given up, milliseconds since the epoch. */
  deadline = 0;
  onAbort: (() => void) | undefined = undefined;
  /** Carries the stack of the caller. */
  caller: { stack?: string } | undefined = undefined;
  resolve!: (value: Value) => void;
  reject!: (error: unknown) => void;

  constructor(
    kind: CallKind,
    target: ClientTarget,
    operation: number,
    args: readonly Value[],
    fence: number,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    owner: SiteCall | undefined,
  ) {
    this.kind = kind;
    this.target = target;
    this.operation = operation;
    this.args = args;
    this.fence = fence;
    this.timeoutMs = timeoutMs;
    this.signal = signal;
    this.owner = owner;
  }
}
