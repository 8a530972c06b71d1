import type { SiteCall } from '@skein/codec';
import type { Value } from '../value/value.ts';
import type { LinkSession } from './link-session.ts';
import type { Listener } from './signals.ts';
import type { ClientTarget } from './target.ts';

/**
 * `read`: changes nothing, may run again. `write`: once. `take`: a write that may give something to hold, such as a lock.
 * `wait`: one that may wait at the server for others, too.
 */
export type CallKind = 'read' | 'write' | 'take' | 'wait';

/** What gives back what an operation has got after all, when its caller has been told that nobody knows. */
export type Undo = (
  reply: Value,
  args: readonly Value[],
) => readonly { readonly operation: number; readonly args: readonly Value[] }[];

/** How long calls may take that say nothing about it, milliseconds. */
export interface Times {
  /** Of calls that wait for nobody. */
  readonly timeoutMs: number;
  /** Of calls that may wait for others. */
  readonly waitTimeoutMs: number;
}

/** What the server has to say after a deadline, before the outcome counts as unknown, milliseconds. */
export const ANSWER_GRACE_MS = 2000;

/** An operation that has no answer yet. One object for all of its way: many are made. */
export class Pending implements Listener {
  readonly kind: CallKind;
  readonly target: ClientTarget;
  readonly operation: number;
  readonly args: readonly Value[];
  readonly fence: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** The call of an executor in which it was asked: what it gets is let go when that ends. */
  readonly owner: SiteCall | undefined;
  readonly undo: Undo | undefined;
  /** Its number on the connection. */
  callId = 0;
  session: LinkSession | undefined = undefined;
  /** 0: a read, or not sent yet. */
  sequence = 0;
  /** How often it has been sent. */
  sends = 0;
  /** It has been on the wire: what became of it is the server's to say. */
  sent = false;
  /** It was asked to be cancelled, and why. */
  cancelled: 'timeout' | 'signal' | undefined = undefined;
  /** When it is given up: from the moment it was asked, however often it is asked anew. */
  deadline: number;
  /** Who cancels it when its signal says so. */
  link: { cancel(pending: Pending, why: 'signal'): void } | undefined = undefined;
  /** Carries the stack of the caller. */
  caller: { stack?: string } | undefined = undefined;
  resolve!: (value: Value) => void;
  reject!: (error: unknown) => void;

  constructor(
    at: number,
    kind: CallKind,
    target: ClientTarget,
    operation: number,
    args: readonly Value[],
    fence: number,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    owner: SiteCall | undefined,
    undo: Undo | undefined,
  ) {
    this.kind = kind;
    this.target = target;
    this.operation = operation;
    this.args = args;
    this.fence = fence;
    this.timeoutMs = timeoutMs;
    this.signal = signal;
    this.owner = owner;
    this.undo = undo;
    this.deadline = at + timeoutMs + (kind === 'wait' ? ANSWER_GRACE_MS : 0);
  }

  aborted(): void {
    this.link?.cancel(this, 'signal');
  }
}
