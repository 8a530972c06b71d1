/**
 * Requests of a slot that came before one of the same session that is still on its way: large messages are overtaken by
 * small ones, and the order of the calls is kept here (D3).
 */

import { SKIP } from '../objects/catalog.ts';
import { sizeOf } from '../value/value.ts';
import { Refusal } from './refusal.ts';
import type { Request } from './request.ts';
import type { Session } from './session.ts';

/** What the early requests of one connection may take, bytes. */
const MAX_BYTES = 256 * 2 ** 20;
/** What holds a request, bytes, about. */
const REQUEST_BYTES = 300;
/** Cancelled operations that have not come, of a session in a slot; what is cancelled beyond that is done after all. */
const MAX_CANCELLED = 100;

/** Of all slots of an engine. */
export interface EarlyBytes {
  bytes: number;
  readonly most: number;
}

interface Early {
  readonly requests: Map<number, Request>;
  /** Given up before their turn came. */
  readonly cancelled: Set<number>;
}

export class EarlyRequests {
  readonly #all: EarlyBytes;
  readonly #sessions = new Map<Session, Early>();

  constructor(all: EarlyBytes) {
    this.#all = all;
  }

  get isEmpty(): boolean {
    return this.#sessions.size === 0;
  }

  /** @throws {Refusal} when too much waits: a number that is left out could never be made good, so the connection ends */
  add(request: Request): void {
    const { session, sequence, port } = request;
    const before = this.#sessions.get(session)?.requests.get(sequence);
    if (before !== undefined) {
      if (before.port.order > port.order) return;
      this.#count(before, -1);
    }
    const size = sizeOfRequest(request);
    if (port.earlyBytes + size > MAX_BYTES || this.#all.bytes + size > this.#all.most) {
      if (before !== undefined) this.#count(before, 1);
      throw new Refusal(
        'out-of-memory',
        `${port.earlyBytes} bytes of this client's operations wait for one that is still on its way, and ${size} more would be too many`,
      );
    }
    this.#count(request, 1);
    this.#of(session).requests.set(sequence, request);
  }

  /** An operation that has not been logged is given up: it has no effect when its turn comes. */
  cancel(session: Session, sequence: number): void {
    const { cancelled } = this.#of(session);
    if (cancelled.size < MAX_CANCELLED) cancelled.add(sequence);
  }

  /** The request whose turn it is, if it is here. */
  next(session: Session, sequence: number): Request | undefined {
    const early = this.#sessions.get(session);
    const request = early?.requests.get(sequence);
    if (early === undefined || request === undefined) return undefined;
    early.requests.delete(sequence);
    this.#count(request, -1);
    return this.unlessCancelled(request);
  }

  /** The request whose turn it is; one that only takes its number if it was cancelled before. */
  unlessCancelled(request: Request): Request {
    const early = this.#sessions.get(request.session);
    if (early === undefined) return request;
    const isCancelled = early.cancelled.delete(request.sequence);
    if (early.requests.size + early.cancelled.size === 0) this.#sessions.delete(request.session);
    return isCancelled ? { ...request, operation: SKIP, args: [] } : request;
  }

  /** The session is over. Gives its requests. */
  drop(session: Session): Iterable<Request> {
    const requests = this.#sessions.get(session)?.requests.values() ?? [];
    this.#sessions.delete(session);
    const dropped = [...requests];
    for (const request of dropped) this.#count(request, -1);
    return dropped;
  }

  /** The slot is another node's now. Gives all requests. */
  dropAll(): readonly Request[] {
    return [...this.#sessions.keys()].flatMap((session) => [...this.drop(session)]);
  }

  #of(session: Session): Early {
    let early = this.#sessions.get(session);
    if (early === undefined) {
      early = { requests: new Map(), cancelled: new Set() };
      this.#sessions.set(session, early);
    }
    return early;
  }

  #count(request: Request, sign: 1 | -1): void {
    const size = sign * sizeOfRequest(request);
    request.port.earlyBytes += size;
    this.#all.bytes += size;
  }
}

function sizeOfRequest({ args }: Request): number {
  return REQUEST_BYTES + sizeOf(args);
}
