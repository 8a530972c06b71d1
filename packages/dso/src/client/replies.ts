/** What the node says has become of operations. */
import type { RefusalCode } from '../engine/refusal.ts';
import { Refusal, UNDONE, UNKNOWN } from '../engine/refusal.ts';
import { errorOf } from '../errors.ts';
import type { Reader } from '../value/reader.ts';
import type { Value } from '../value/value.ts';
import { ReplyKind } from '../wire/protocol.ts';
import { now } from './clock.ts';
import type { Connection } from './connection.ts';
import type { InFlight } from './in-flight.ts';
import type { LinkSession } from './link-session.ts';
import type { LinkSessions } from './link-sessions.ts';
import { refused, unknown } from './outcomes.ts';
import { Pending } from './pending.ts';
import type { Sending } from './sending.ts';

export interface ReplyUser {
  /** A session is over. */
  retire(session: LinkSession): void;
  /** An operation had no effect. @param owner the member that holds its object, if it is another one */
  askAnew(pending: Pending, owner: string | undefined): void;
  submit(pending: Pending): void;
  /** In a cluster the slot is another member's, or nobody knows whose: the operation may have been done, and keeps its number. */
  moved(pending: Pending, owner: string | undefined): void;
  /** The same for one that nobody waits for. */
  skipElsewhere(pending: Pending, owner: string | undefined): void;
}

/** The node need not keep an answer of so many bytes until the next call or sign of life. */
const ACKNOWLEDGE_SOON = 1024;
/** Between two attempts to have a number taken by a node without room, milliseconds. */
const SKIP_MS = 200;
/** How long it is tried to give back what nobody waits for, milliseconds. */
const UNDO_MS = 30_000;

export class Replies {
  readonly #connection: Connection;
  readonly #inFlight: InFlight;
  readonly #sending: Sending;
  readonly #user: ReplyUser;
  readonly #sessions: LinkSessions;

  constructor(
    connection: Connection,
    inFlight: InFlight,
    sending: Sending,
    sessions: LinkSessions,
    user: ReplyUser,
  ) {
    this.#connection = connection;
    this.#inFlight = inFlight;
    this.#sending = sending;
    this.#sessions = sessions;
    this.#user = user;
  }

  /** Reads one, and settles what it is about. */
  read(body: Reader): void {
    const callId = body.varint();
    const kind = body.byte();
    const pending = this.#inFlight.sent.take(callId);
    if (kind !== ReplyKind.value) {
      const refusal = new Refusal(body.text() as RefusalCode, body.text(), body.value());
      if (pending === undefined) this.#late(callId, refusal, false);
      else this.#refused(pending, refusal);
      return;
    }
    const from = body.position;
    const value = body.value();
    const isLarge = body.position - from > ACKNOWLEDGE_SOON;
    if (pending === undefined) {
      this.#late(callId, value, isLarge);
      return;
    }
    this.#answered(pending, isLarge);
    this.#sessions.know(pending.session!);
    const { target } = pending;
    target.seenIn = this.#sessions.areShared ? target.life : this.#connection.welcome!.incarnation;
    pending.resolve(value);
  }

  #refused(pending: Pending, refusal: Refusal): void {
    if (refusal.code === 'moved' && this.#sessions.areShared) {
      this.#inFlight.left(pending);
      this.#user.moved(pending, ownerOf(refusal));
      return;
    }
    if (refusal.code === 'disk-full' && pending.sequence > 0) {
      this.#notLogged(pending, refusal);
      return;
    }
    this.#answered(pending, false);
    const session = pending.session!;
    const isLost = refusal.code === 'session-lost';
    if (isLost && !session.over) this.#user.retire(session.parent ?? session);
    if (refusal.code === 'moved') this.#user.askAnew(pending, String(refusal.details));
    // Nothing was lost with the session if it held nothing: the caller need not know of it.
    else if (isLost && refusal.details === UNDONE && !session.holds) this.#user.askAnew(pending, undefined);
    else if (isLost && refusal.details === UNKNOWN) {
      // Sent once, it came too late; else an earlier copy may have been in time.
      if (pending.sends === 1) this.#user.askAnew(pending, undefined);
      else pending.reject(unknown(pending, 'its session is over', undefined));
    } else {
      this.#sessions.know(session);
      pending.reject(refused(pending, refusal));
    }
  }

  /** Its node has no room for it, nor for its number, which must not be missing: that is given to it when it has some. */
  #notLogged(pending: Pending, refusal: Refusal): void {
    // Sent once, it has had no effect; else an earlier copy may yet come.
    const isSure = pending.sends === 1;
    this.#inFlight.settle(
      pending,
      isSure
        ? errorOf(refusal.code, refusal.message)
        : unknown(pending, refusal.message, errorOf(refusal.code, refusal.message)),
    );
    this.#skipLater(pending);
  }

  #skipLater(pending: Pending): void {
    setTimeout(() => {
      if (this.#connection.state !== 'open' || !this.#inFlight.givenUp.has(pending.callId)) return;
      this.#sending.skip(pending);
      this.#connection.flushSoon();
    }, SKIP_MS).unref();
  }

  /** The answer to what was given up: nobody waits for it, and what it gives nobody would give back. */
  #late(callId: number, answer: Value | Refusal, isLarge: boolean): void {
    const { givenUp } = this.#inFlight;
    const pending = givenUp.get(callId);
    if (pending === undefined) return;
    if (answer instanceof Refusal && answer.code === 'disk-full') {
      this.#skipLater(pending);
      return;
    }
    givenUp.delete(callId);
    if (answer instanceof Refusal && answer.code === 'moved' && this.#sessions.areShared) {
      this.#user.skipElsewhere(pending, ownerOf(answer));
      return;
    }
    this.#acknowledge(pending, isLarge);
    const { undo, target, owner, session } = pending;
    if (undo === undefined || answer instanceof Refusal || session!.over) return;
    for (const { operation, args } of undo(answer, pending.args)) {
      const none = undefined;
      const back = new Pending(now(), 'write', target, operation, args, 0, UNDO_MS, none, owner, none);
      back.resolve = () => {};
      back.reject = () => {};
      this.#user.submit(back);
    }
  }

  #answered(pending: Pending, isLarge: boolean): void {
    this.#inFlight.left(pending);
    if (pending.sequence > 0) this.#acknowledge(pending, isLarge);
  }

  #acknowledge({ target, sequence, session }: Pending, isLarge: boolean): void {
    const apart = session!.answered(target.slot, sequence, isLarge);
    if (apart !== undefined) this.#sending.acknowledge(session!, target.slot, apart);
  }
}

/** Who holds the slot, if whoever refused knows. */
function ownerOf({ details }: Refusal): string | undefined {
  return typeof details === 'string' ? details : undefined;
}
