/** Operations without an answer: those that wait to be sent, those that were, and those that nobody waits for any more. */
import { DsoError } from '../errors.ts';
import { Numbered } from '../numbered.ts';
import { ToNode } from '../wire/protocol.ts';
import { withCaller } from './caller.ts';
import { now } from './clock.ts';
import type { Connection } from './connection.ts';
import { timedOut, unknown } from './outcomes.ts';
import { ANSWER_GRACE_MS, type Pending } from './pending.ts';
import { unwatch, watch } from './signals.ts';

/** How often deadlines are looked at, milliseconds. The server keeps those of waits to the millisecond. */
const LOOK_MS = 100;

export class InFlight {
  readonly #connection: Connection;
  /** Not sent yet, in the order of their calls. */
  readonly queue: Numbered<Pending> = new Numbered<Pending>();
  /** Sent, by id: in the order of their calls. */
  readonly sent: Numbered<Pending> = new Numbered<Pending>();
  /** Sent and given up: their callers know nothing, but their numbers must not be missing in the sequence. */
  readonly givenUp: Map<number, Pending> = new Map();
  /** How many of them wait for nobody: they will have their answers soon. */
  #soon = 0;
  #settled: (() => void)[] = [];
  #lookTimer: NodeJS.Timeout | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get size(): number {
    return this.queue.size + this.sent.size;
  }

  /** All, in the order of their calls. */
  all(): Pending[] {
    return [...this.sent, ...this.queue].map(([, pending]) => pending);
  }

  /** Whether there are others than those that wait for others. */
  get isAsking(): boolean {
    return this.#soon > 0;
  }

  /** Resolves when there are none. */
  async settled(): Promise<void> {
    // One that is asked anew leaves, and is back within the turn.
    while (this.#soon > 0) await new Promise<void>((resolve) => this.#settled.push(resolve));
  }

  add(pending: Pending): void {
    pending.target.inFlight++;
    if (pending.kind !== 'wait') this.#soon++;
    if (pending.signal !== undefined) {
      pending.link = this;
      watch(pending.signal, pending);
    }
    this.queue.set(pending.callId, pending);
    if (this.#lookTimer !== undefined) return;
    this.#connection.hold();
    this.#lookSoon(true);
  }

  /** It was taken out of where it was: nothing happens to it from here any more. */
  left(pending: Pending): void {
    pending.target.inFlight--;
    if (pending.kind !== 'wait' && --this.#soon === 0 && this.#settled.length > 0)
      for (const resolve of this.#settled.splice(0)) resolve();
    if (pending.signal !== undefined) unwatch(pending.signal, pending);
  }

  remove(pending: Pending): void {
    if (this.sent.take(pending.callId) === undefined) this.queue.take(pending.callId);
    this.left(pending);
  }

  /** Its caller is told so. Its number is kept until the node says what became of it. */
  settle(pending: Pending, error: unknown): void {
    this.remove(pending);
    if (pending.sequence > 0 && !pending.session!.over) this.givenUp.set(pending.callId, pending);
    pending.reject(error instanceof DsoError ? withCaller(error, pending.caller) : error);
  }

  /** Puts those that were sent back among those that are to be. */
  sendAgain(): void {
    const all = this.all();
    this.sent.clear();
    this.queue.clear();
    for (const pending of all) this.queue.set(pending.callId, pending);
  }

  cancel(pending: Pending, why: 'timeout' | 'signal'): void {
    if (!pending.sent || pending.kind === 'read') {
      this.settle(pending, this.cancelledError(pending, why));
      return;
    }
    pending.cancelled ??= why;
    const grace = now() + ANSWER_GRACE_MS;
    pending.deadline = why === 'timeout' ? grace : Math.min(pending.deadline, grace);
    if (this.#connection.state !== 'open') return;
    this.sendCancel(pending);
    this.#connection.flushSoon();
  }

  cancelledError(pending: Pending, why: 'timeout' | 'signal'): unknown {
    if (why === 'signal') return pending.signal!.reason;
    const { state, lastFailure } = this.#connection;
    return timedOut(pending, state === 'open' ? undefined : (lastFailure ?? 'the server is not connected'));
  }

  sendCancel({ session, target, sequence }: Pending): void {
    const writer = this.#connection.outbox.frame(ToNode.cancel);
    writer.varint(session!.alias);
    writer.varint(target.slot);
    writer.varint(sequence);
  }

  stop(): void {
    clearTimeout(this.#lookTimer);
    this.#lookTimer = undefined;
  }

  #lookSoon(mayBeLate: boolean): void {
    const due = now() + LOOK_MS;
    this.#lookTimer = setTimeout(() => {
      this.#lookTimer = undefined;
      // Who stood still has not heard the answers that came meanwhile: they are in its sockets, which are read now.
      const isLate = mayBeLate && now() - due > LOOK_MS;
      if (!isLate) this.#lookAtDeadlines();
      if (this.size > 0) this.#lookSoon(!isLate);
    }, LOOK_MS);
  }

  #lookAtDeadlines(): void {
    const at = now();
    for (const pending of this.all()) {
      if (pending.deadline > at) continue;
      if (pending.kind === 'read' || !pending.sent) this.cancel(pending, 'timeout');
      else if (pending.cancelled === undefined && pending.kind !== 'wait') this.cancel(pending, 'timeout');
      else this.#giveUp(pending);
    }
  }

  #giveUp(pending: Pending): void {
    const connection = this.#connection;
    const isOpen = connection.state === 'open';
    if (isOpen && pending.cancelled === undefined) this.sendCancel(pending);
    const why = `no answer came within ${pending.timeoutMs} ms`;
    this.settle(pending, unknown(pending, why, connection.lastFailure));
    if (!isOpen) return;
    // Not a word since it should have been answered: the other end may be gone without having said so.
    if (connection.heardAt < pending.deadline - ANSWER_GRACE_MS) connection.drop();
    else connection.flushSoon();
  }
}
