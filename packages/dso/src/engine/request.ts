import type { Lease } from '../lease.ts';
import type { Value } from '../value/value.ts';
import type { Cell } from './cell.ts';
import type { ReplyPort } from './reply-port.ts';
import type { Session } from './session.ts';

/** A request as its connection has read it. */
export interface Request {
  readonly port: ReplyPort;
  readonly callId: number;
  readonly session: Session;
  readonly target: Target;
  readonly operation: number;
  /** 0: a read, which is not numbered. */
  readonly sequence: number;
  readonly acked: number;
  readonly epoch: number;
  /** 0: none. */
  readonly fence: number;
  /** Infinity: no limit. */
  readonly remainingMs: number;
  readonly args: readonly Value[];
}

/** An object as a connection means it. */
export interface Target {
  readonly slot: number;
  readonly typeName: string;
  readonly key: string;
  readonly config: readonly Value[];
  /** `create`: first use makes it. `await`: who made the handle makes it too; wait for that. */
  readonly mode: 'create' | 'await';
  /** With which it goes, if this makes it. */
  readonly lease?: Lease | undefined;
  /** The incarnation of the node in which the client has used it before, unless it has deleted it since. */
  seenIn: string | undefined;
  /** The life of the slot that the client has been told. */
  life?: string | undefined;
  /** Found before. */
  cell: Cell | undefined;
}
