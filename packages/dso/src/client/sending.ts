/** How operations are said on the wire. */
import { SessionLostError } from '../errors.ts';
import { SKIP } from '../objects/catalog.ts';
import { encodedSize } from '../value/encoded-size.ts';
import { Writer } from '../value/writer.ts';
import { LARGE } from '../wire/outbox.ts';
import { CallFlag, ToNode } from '../wire/protocol.ts';
import { now } from './clock.ts';
import type { Connection } from './connection.ts';
import type { InFlight } from './in-flight.ts';
import type { LinkSession } from './link-session.ts';
import type { LinkSessions } from './link-sessions.ts';
import { nameOf, tooLarge, unknown } from './outcomes.ts';
import { ANSWER_GRACE_MS, type Pending } from './pending.ts';
import { References } from './references.ts';

/** Of many operations that go out together, so many go ahead. */
const AHEAD = 32;
/** What a call takes besides its arguments, bytes, at most. */
const CALL_BYTES = 64;
const TOO_LARGE_UNTIL_TOLD = 256 * 2 ** 20;
/** Limits above are none, milliseconds: 34 years, which fit the number that the protocol has for them. */
const LONGEST_LIMIT = 2 ** 40;

export class Sending {
  readonly #connection: Connection;
  readonly #inFlight: InFlight;
  readonly #sessions: LinkSessions;
  readonly references: References = new References();

  constructor(connection: Connection, inFlight: InFlight, sessions: LinkSessions) {
    this.#connection = connection;
    this.#inFlight = inFlight;
    this.#sessions = sessions;
  }

  /** Writes all that waits to be sent. */
  all(): void {
    const { queue } = this.#inFlight;
    let ahead = AHEAD;
    for (let count = 1; queue.size > 0; count++) {
      this.#send(queue.shift()!);
      if (count < ahead) continue;
      // The node has something to do while the rest is written; of many, ever more at once.
      this.#connection.outbox.flush();
      ahead *= 2;
    }
  }

  #send(pending: Pending): void {
    const { target, args } = pending;
    const { outbox } = this.#connection;
    let session = pending.session!;
    const isAnew =
      pending.kind === 'read' || (this.#sessions.areShared && !pending.sent && session.parent === undefined);
    if (session.over && isAnew) {
      session = this.#sessions.main;
      pending.session = session;
    } else if (session.over) {
      this.#inFlight.settle(pending, this.#overError(pending));
      return;
    }
    const isNew = !(this.#sessions.areShared
      ? this.references.isUpToDate(target)
      : this.references.has(target));
    const size = CALL_BYTES + encodedSize(args);
    const largest = isNew ? Math.max(size, CALL_BYTES + encodedSize(target.config)) : size;
    const most = this.#connection.welcome?.maxMessageBytes ?? TOO_LARGE_UNTIL_TOLD;
    if (largest > most) {
      this.#inFlight.settle(pending, tooLarge(pending, largest, most));
      return;
    }
    this.#sessions.begin(session, outbox);
    if ((pending.kind === 'wait' || pending.kind === 'take') && !session.holds) this.#sessions.holds(session);
    if (isNew) this.references.define(target, outbox);
    if (pending.kind !== 'read' && pending.sequence === 0) pending.sequence = session.next(target.slot);
    pending.sent = true;
    pending.sends++;
    this.#inFlight.sent.set(pending.callId, pending);
    if (size <= LARGE) write(outbox.frame(ToNode.calls, true), pending, session);
    else {
      const writer = new Writer();
      writer.byte(ToNode.calls);
      write(writer, pending, session);
      outbox.large(writer.take());
    }
    if (pending.cancelled !== undefined) this.#inFlight.sendCancel(pending);
  }

  /** What was given up may not have come to the node: its number is taken there now, and nothing is done for it. */
  skip(pending: Pending): void {
    const { callId, target, sequence } = pending;
    const { outbox } = this.#connection;
    const session = pending.session!;
    this.#sessions.begin(session, outbox);
    if (!this.references.has(target)) this.references.define(target, outbox);
    const writer = outbox.frame(ToNode.calls, true);
    writer.varint(callId);
    writer.varint(session.alias);
    writer.varint(target.ref);
    writer.byte(SKIP);
    writer.byte(CallFlag.sequenced);
    writer.varint(sequence);
    writer.varint(session.acked(target.slot));
    writer.values([]);
    // If it waits there, it waits for nobody.
    this.#inFlight.sendCancel(pending);
  }

  /** The node need not keep these answers any more. */
  acknowledge({ alias }: LinkSession, slot: number, sequences: readonly number[]): void {
    const writer = this.#connection.outbox.frame(ToNode.acknowledge);
    writer.varint(alias);
    writer.varint(slot);
    writer.values(sequences);
  }

  #overError(pending: Pending): Error {
    return pending.sent
      ? unknown(pending, 'its session is over', this.#connection.lastFailure)
      : new SessionLostError(`the session is over in which ${nameOf(pending.target)} was called`);
  }
}

function write(writer: Writer, pending: Pending, session: LinkSession): void {
  const { callId, target, operation, sequence, fence, kind, args } = pending;
  writer.varint(callId);
  writer.varint(session.alias);
  writer.varint(target.ref);
  writer.byte(operation);
  // What is left: it may go out again, after a connection that broke.
  const leftMs = kind === 'wait' ? pending.deadline - ANSWER_GRACE_MS - now() : LONGEST_LIMIT;
  const isTimed = leftMs < LONGEST_LIMIT;
  writer.byte(
    (sequence === 0 ? 0 : CallFlag.sequenced) |
      (fence === 0 ? 0 : CallFlag.fence) |
      (isTimed ? CallFlag.timeout : 0),
  );
  if (sequence !== 0) {
    writer.varint(sequence);
    writer.varint(session.acked(target.slot));
  }
  if (fence !== 0) writer.varint(fence);
  if (isTimed) writer.varint(Math.max(0, Math.ceil(leftMs)));
  writer.values(args);
}
