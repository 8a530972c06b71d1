/**
 * The client's end of one node: operations go out in the order of their calls, answers come back in any. A connection
 * that breaks is made again, and what has no answer is sent again under the same number, so that it happens once (D3).
 */

import type { SiteCall } from '@skein/codec';
import type { RefusalCode } from '../engine/refusal.ts';
import { Refusal, UNDONE } from '../engine/refusal.ts';
import {
  ConnectionError,
  DsoError,
  errorOf,
  OutcomeUnknownError,
  SessionLostError,
  TimeoutError,
} from '../errors.ts';
import { Numbered } from '../numbered.ts';
import { SKIP } from '../objects/catalog.ts';
import type { Reader } from '../value/reader.ts';
import { sizeOf, type Value } from '../value/value.ts';
import { Writer } from '../value/writer.ts';
import { FrameReader } from '../wire/frame-reader.ts';
import { readWelcome, type Welcome, writeDefinition, writeHello, writeSession } from '../wire/messages.ts';
import { LARGE, Outbox } from '../wire/outbox.ts';
import { CallFlag, MAGIC, PROTOCOL_VERSION, ReplyKind, ToClient, ToNode } from '../wire/protocol.ts';
import type { Transport, TransportEvents } from '../wire/transport.ts';
import { callerOf, withCaller } from './caller.ts';
import { LinkSession } from './link-session.ts';
import type { Pending } from './pending.ts';
import type { ClientTarget } from './target.ts';

/** Opens a transport to the node. It may be opened again and again. */
export type Dial = (events: TransportEvents) => Promise<Transport & { hold(keep: boolean): void }>;

export interface LinkOptions {
  readonly address: string;
  readonly dial: Dial;
  readonly token: string | undefined;
  readonly sessionTtlMs: number;
  /** Told of every welcome: who the members are may have changed. */
  readonly onWelcome: (welcome: Welcome) => void;
  /** A session is about to wait for something, or to hold it: its signs of life must not depend on this thread. */
  readonly onHold: (session: LinkSession) => void;
  /** The object is at another member. */
  readonly onMoved: (pending: Pending, owner: string) => void;
}

/** What the server has to say after a deadline, before the outcome counts as unknown, milliseconds. */
const GRACE_MS = 2000;
/** Between two attempts to reach the node, at least and at most, milliseconds: its grace for sessions is 2 s. */
const RETRY_MS = 20;
const MAX_RETRY_MS = 250;
/** How often deadlines are looked at, milliseconds. The server keeps those of waits to the millisecond. */
const LOOK_MS = 100;
/** Objects that have a number on the connection. */
const MAX_REFS = 200_000;
const TOO_LARGE_UNTIL_TOLD = 256 * 2 ** 20;

type State = 'idle' | 'connecting' | 'open' | 'closed';

export class Link {
  readonly #options: LinkOptions;
  #state: State = 'idle';
  #transport: Awaited<ReturnType<Dial>> | undefined;
  #outbox = new Outbox(ToNode.part);
  /** Not sent yet, in the order of their calls. */
  readonly #queue = new Numbered<Pending>();
  /** Sent, by id: in the order of their calls. */
  readonly #sent = new Numbered<Pending>();
  /** Sent and given up: their callers know nothing, but their numbers must not be missing in the sequence. */
  readonly #givenUp = new Map<number, Pending>();
  /** Sessions that ended while the node could not be told. */
  #unended: LinkSession[] = [];
  /** When the node was heard last, milliseconds since the epoch. */
  #heardAt = 0;
  #nextCall = 1;
  #nextAlias = 0;
  #session: LinkSession;
  /** Of calls that run in this process. */
  readonly #owned = new WeakMap<object, LinkSession>();
  /** Every session that has begun, by its alias, to go on with after a reconnection. */
  readonly #sessions = new Map<number, LinkSession>();
  #refs: ClientTarget[] = [];
  #nextRef = 0;
  #flushing = false;
  #receiving = false;
  #lookTimer: NodeJS.Timeout | undefined;
  #beatTimer: NodeJS.Timeout | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #retryMs = RETRY_MS;
  #lastFailure: Error | undefined;
  #welcome: Welcome | undefined;
  #nextAdmin = 1;
  readonly #admin = new Map<number, { resolve(value: Value): void; reject(error: unknown): void }>();
  #whenOpen: { resolve(): void; reject(error: Error): void }[] = [];
  #usedAt = 0;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#session = this.#newSession(undefined);
  }

  get address(): string {
    return this.#options.address;
  }

  get welcome(): Welcome | undefined {
    return this.#welcome;
  }

  /** Operations without an answer. */
  get inFlight(): number {
    return this.#queue.size + this.#sent.size;
  }

  /** Resolves when the node has welcomed this client; rejects when it refuses, or cannot be reached now. */
  open(): Promise<void> {
    if (this.#state === 'open') return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#whenOpen.push({ resolve, reject });
      this.#connect();
    });
  }

  /** Takes an operation, whose promise it settles. */
  submit(pending: Pending): void {
    const { kind, target, timeoutMs, signal, owner } = pending;
    if (this.#state === 'closed') {
      pending.reject(new DsoError('closed', `the connection to ${this.address} was closed`));
      return;
    }
    if (signal?.aborted === true) {
      pending.reject(signal.reason);
      return;
    }
    const now = Date.now();
    this.#usedAt = now;
    pending.callId = this.#nextCall++;
    pending.session = owner === undefined ? this.#mainSession() : this.#sessionOf(owner);
    pending.deadline = now + timeoutMs + (kind === 'wait' ? GRACE_MS : 0);
    pending.caller ??= callerOf(now);
    target.inFlight++;
    if (signal !== undefined) this.#watch(pending, signal);
    this.#queue.set(pending.callId, pending);
    if (this.#lookTimer === undefined) this.#awake();
    this.#flushSoon();
  }

  /** Asks the node itself. */
  administer(name: string, args: readonly Value[]): Promise<Value> {
    return this.open().then(
      () =>
        new Promise((resolve, reject) => {
          const id = this.#nextAdmin++;
          this.#admin.set(id, { resolve, reject });
          const writer = new Writer();
          writer.byte(ToNode.admin);
          writer.varint(id);
          writer.text(name);
          writer.values(args);
          this.#outbox.large(writer.take());
          this.#awake();
          this.#flushSoon();
        }),
    );
  }

  /** Sends user code. Resolves when the node has it: a large piece is overtaken by operations that are called later. */
  async sendCode(hash: string, bytes: Uint8Array): Promise<void> {
    await this.administer('code', [hash, bytes]);
  }

  /** Ends it: the session too, and what it holds. Operations without an answer fail. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    const wasOpen = this.#state === 'open';
    if (wasOpen) {
      this.#flush();
      for (const { alias, parent, begun } of this.#sessions.values()) {
        if (begun && parent === undefined) this.#outbox.frame(ToNode.end).varint(alias);
      }
      this.#outbox.flush();
    }
    this.#state = 'closed';
    for (const timer of [this.#lookTimer, this.#beatTimer, this.#retryTimer]) clearTimeout(timer);
    this.#failAll(
      () => new DsoError('closed', `the connection to ${this.address} was closed before the answer came`),
    );
    this.#transport?.end();
    this.#transport = undefined;
  }

  /** It has not been used for so long, and holds nothing: milliseconds. */
  get idleMs(): number {
    return this.inFlight > 0 || this.#holds() ? 0 : Date.now() - this.#usedAt;
  }

  #holds(): boolean {
    for (const session of this.#sessions.values()) if (session.holds) return true;
    return false;
  }

  // Sessions

  #newSession(parent: LinkSession | undefined): LinkSession {
    const session = new LinkSession(this.#nextAlias++, parent);
    this.#sessions.set(session.alias, session);
    return session;
  }

  #mainSession(): LinkSession {
    if (this.#session.over) this.#session = this.#newSession(undefined);
    return this.#session;
  }

  /** What a call holds ends with the call, although its process lives on. */
  #sessionOf(owner: SiteCall): LinkSession {
    const known = this.#owned.get(owner);
    if (known !== undefined && !known.over) return known;
    const session = this.#newSession(this.#mainSession());
    this.#owned.set(owner, session);
    const end = (): void => {
      this.#sessions.delete(session.alias);
      if (session.begun && !session.over) this.#endSession(session);
      session.over = true;
    };
    if (owner.signal.aborted) end();
    else owner.signal.addEventListener('abort', end, { once: true });
    return session;
  }

  #endSession(session: LinkSession): void {
    if (this.#state === 'open') {
      this.#flush();
      this.#outbox.frame(ToNode.end).varint(session.alias);
      this.#flushSoon();
    } else if (this.#state !== 'closed') {
      // Its process lives on, and so would what it holds: the node is told as soon as that can be.
      this.#unended.push(session);
      this.#connect();
    }
  }

  #begin(session: LinkSession): void {
    if (session.begun) return;
    if (session.parent !== undefined) this.#begin(session.parent);
    this.#announce(session, false);
    session.begun = true;
  }

  #hold(session: LinkSession): void {
    session.holds = true;
    const lives = session.parent ?? session;
    if (lives.kept) return;
    lives.kept = true;
    this.#options.onHold(lives);
  }

  #announce({ alias, id, parent }: LinkSession, resume: boolean): void {
    writeSession(this.#outbox.frame(ToNode.session), {
      alias,
      id,
      parent: parent?.id,
      ttlMs: this.#options.sessionTtlMs,
      resume,
    });
  }

  /** The node does not know the session any more: what was sent in it may have been done or not. */
  #sessionLost(alias: number): void {
    const session = this.#sessions.get(alias);
    if (session === undefined) return;
    this.#retire(session);
    for (const pending of this.#unanswered()) {
      if (!isPartOf(pending.session, session)) continue;
      if (pending.kind === 'read') this.#again(pending);
      else this.#settle(pending, this.#unknown(pending, 'its session was lost'));
    }
  }

  /** A session is over, and those that are part of it. What was not sent goes on in the session that comes next. */
  #retire(session: LinkSession): void {
    for (const one of [...this.#sessions.values()]) {
      if (!isPartOf(one, session)) continue;
      one.over = true;
      this.#sessions.delete(one.alias);
    }
    for (const [callId, { session: its }] of [...this.#givenUp])
      if (isPartOf(its, session)) this.#givenUp.delete(callId);
    for (const [, pending] of this.#queue)
      if (isPartOf(pending.session, session) && !pending.sent) this.#again(pending);
  }

  /** It has had no effect: it is asked anew. */
  #again(pending: Pending): void {
    this.#forget(pending);
    pending.sent = false;
    pending.sequence = 0;
    this.submit(pending);
  }

  // Sending

  #flushSoon(): void {
    if (this.#flushing || this.#receiving) return;
    this.#flushing = true;
    // After all that runs now and the promises it settles: what they call goes out in one piece.
    process.nextTick(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#state === 'idle') {
      this.#connect();
      return;
    }
    if (this.#state !== 'open') return;
    const queue = this.#queue;
    for (let pending = queue.shift(); pending !== undefined; pending = queue.shift()) this.#send(pending);
    this.#outbox.flush();
  }

  #send(pending: Pending): void {
    const { target, args } = pending;
    let session = pending.session!;
    if (session.over && pending.kind === 'read') {
      session = this.#mainSession();
      pending.session = session;
    } else if (session.over) {
      const lost = pending.sent
        ? this.#unknown(pending, 'its session is over')
        : new SessionLostError(`the session is over in which ${nameOf(target)} was called`);
      this.#settle(pending, lost);
      return;
    }
    const isNew = target.ref < 0 || this.#refs[target.ref] !== target;
    const size = 64 + sizeOf(args);
    const largest = isNew ? Math.max(size, 64 + sizeOf(target.config)) : size;
    if (largest > (this.#welcome?.maxMessageBytes ?? TOO_LARGE_UNTIL_TOLD)) {
      this.#settle(
        pending,
        new DsoError(
          'too-large',
          `the arguments for ${nameOf(target)} take ${largest} bytes, and this server takes ${this.#welcome?.maxMessageBytes} at most in one message (--max-message-bytes)`,
        ),
      );
      return;
    }
    this.#begin(session);
    if ((pending.kind === 'wait' || pending.kind === 'take') && !session.holds) this.#hold(session);
    if (isNew) this.#define(target);
    if (pending.kind !== 'read' && pending.sequence === 0) pending.sequence = session.next(target.slot);
    pending.sent = true;
    this.#sent.set(pending.callId, pending);
    if (size <= LARGE) this.#write(this.#outbox.frame(ToNode.calls, true), pending);
    else {
      const writer = new Writer();
      writer.byte(ToNode.calls);
      this.#write(writer, pending);
      this.#outbox.large(writer.take());
    }
    if (pending.cancelled !== undefined) this.#sendCancel(pending);
  }

  #write(writer: Writer, pending: Pending): void {
    const { callId, target, operation, sequence, fence, kind, timeoutMs, deadline, args } = pending;
    const session = pending.session!;
    writer.varint(callId);
    writer.varint(session.alias);
    writer.varint(target.ref);
    writer.byte(operation);
    const isTimed = kind === 'wait' && timeoutMs !== Number.POSITIVE_INFINITY;
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
    // What is left: it may go out again, after a connection that broke.
    if (isTimed) writer.varint(Math.max(0, Math.ceil(deadline - GRACE_MS - Date.now())));
    writer.values(args);
  }

  /** What was given up may not have come to the node: its number is taken there now, and nothing is done for it. */
  #skip(pending: Pending): void {
    const { callId, target, sequence } = pending;
    const session = pending.session!;
    if (target.ref < 0 || this.#refs[target.ref] !== target) this.#define(target);
    const writer = this.#outbox.frame(ToNode.calls, true);
    writer.varint(callId);
    writer.varint(session.alias);
    writer.varint(target.ref);
    writer.byte(SKIP);
    writer.byte(CallFlag.sequenced);
    writer.varint(sequence);
    writer.varint(session.acked(target.slot));
    writer.values([]);
    // If it waits there, it waits for nobody.
    this.#sendCancel(pending);
  }

  #define(target: ClientTarget): void {
    let ref = this.#nextRef;
    // Numbers are given in turn; one whose object is in use is passed over.
    if (this.#refs.length < MAX_REFS) ref = this.#refs.length;
    else for (let i = 0; i < MAX_REFS && this.#refs[ref]!.inFlight > 0; i++) ref = (ref + 1) % MAX_REFS;
    this.#nextRef = (ref + 1) % MAX_REFS;
    const before = this.#refs[ref];
    if (before !== undefined) before.ref = -1;
    this.#refs[ref] = target;
    target.ref = ref;
    const { type, key, mode, seenIn, config } = target;
    const definition = { ref, type, key, mode, seenIn, config };
    if (sizeOf(config) <= LARGE) writeDefinition(this.#outbox.frame(ToNode.define), definition);
    else {
      const writer = new Writer();
      writer.byte(ToNode.define);
      writeDefinition(writer, definition);
      this.#outbox.inOrder(writer.take());
    }
  }

  // Giving up

  #watch(pending: Pending, signal: AbortSignal): void {
    pending.onAbort = () => this.#cancel(pending, 'signal');
    signal.addEventListener('abort', pending.onAbort, { once: true });
  }

  #cancel(pending: Pending, why: 'timeout' | 'signal'): void {
    const error = (): unknown => (why === 'signal' ? pending.signal!.reason : this.#timedOut(pending));
    if (!pending.sent || pending.kind === 'read') {
      this.#settle(pending, error());
      return;
    }
    pending.cancelled ??= why;
    const grace = Date.now() + GRACE_MS;
    pending.deadline = why === 'timeout' ? grace : Math.min(pending.deadline, grace);
    if (this.#state === 'open') {
      this.#sendCancel(pending);
      this.#flushSoon();
    }
  }

  #sendCancel({ session, target, sequence }: Pending): void {
    const writer = this.#outbox.frame(ToNode.cancel);
    writer.varint(session!.alias);
    writer.varint(target.slot);
    writer.varint(sequence);
  }

  /** The process has something to wait for, and deadlines are looked at. */
  #awake(): void {
    this.#transport?.hold(true);
    if (this.#lookTimer !== undefined) return;
    this.#lookSoon(true);
  }

  #lookSoon(mayBeLate: boolean): void {
    const due = Date.now() + LOOK_MS;
    this.#lookTimer = setTimeout(() => {
      this.#lookTimer = undefined;
      // Who stood still has not heard the answers that came meanwhile: they are in its sockets, which are read now.
      const isLate = mayBeLate && Date.now() - due > LOOK_MS;
      if (!isLate) this.#lookAtDeadlines();
      if (this.inFlight > 0) this.#lookSoon(!isLate);
    }, LOOK_MS);
  }

  #lookAtDeadlines(): void {
    const now = Date.now();
    for (const pending of this.#unanswered()) {
      if (pending.deadline > now) continue;
      if (pending.kind === 'read' || !pending.sent) this.#cancel(pending, 'timeout');
      else if (pending.cancelled === undefined && pending.kind !== 'wait') this.#cancel(pending, 'timeout');
      else this.#giveUp(pending);
    }
  }

  #giveUp(pending: Pending): void {
    if (this.#state === 'open' && pending.cancelled === undefined) this.#sendCancel(pending);
    this.#settle(pending, this.#unknown(pending, `no answer came within ${pending.timeoutMs} ms`));
    // Not a word since it should have been answered: the other end may be gone without having said so.
    if (this.#state === 'open' && this.#heardAt < pending.deadline - GRACE_MS) this.#transport?.destroy();
    else this.#flushSoon();
  }

  #timedOut({ target, timeoutMs }: Pending): TimeoutError {
    const why =
      this.#state === 'open' ? '' : `: ${this.#lastFailure?.message ?? 'the server is not connected'}`;
    return new TimeoutError(`${nameOf(target)} was not answered within ${timeoutMs} ms${why}`, {
      ...(this.#lastFailure !== undefined && this.#state !== 'open' ? { cause: this.#lastFailure } : {}),
    });
  }

  #unknown(pending: Pending, why: string): OutcomeUnknownError {
    return new OutcomeUnknownError(
      `whether the operation on ${nameOf(pending.target)} was done is not known: ${why}`,
      this.#lastFailure === undefined ? undefined : { cause: this.#lastFailure },
    );
  }

  /** All operations, in the order of their calls. */
  #unanswered(): Pending[] {
    return [...this.#sent, ...this.#queue].map(([, pending]) => pending);
  }

  /** It has no answer and gets none from here. */
  #forget(pending: Pending): void {
    if (this.#sent.take(pending.callId) === undefined) this.#queue.take(pending.callId);
    pending.target.inFlight--;
    if (pending.onAbort !== undefined) pending.signal!.removeEventListener('abort', pending.onAbort);
  }

  #settle(pending: Pending, error: unknown): void {
    this.#forget(pending);
    if (pending.sequence > 0 && !pending.session!.over) this.#givenUp.set(pending.callId, pending);
    pending.reject(error instanceof DsoError ? withCaller(error, pending.caller) : error);
  }

  #failAll(error: () => Error): void {
    for (const pending of this.#unanswered()) this.#settle(pending, error());
    for (const { reject } of this.#admin.values()) reject(error());
    this.#admin.clear();
    for (const { reject } of this.#whenOpen.splice(0)) reject(error());
  }

  // The connection

  #connect(): void {
    if (this.#state !== 'idle') return;
    this.#state = 'connecting';
    clearTimeout(this.#retryTimer);
    const frames = new FrameReader(
      { part: ToClient.part, maxMessageBytes: Number.MAX_SAFE_INTEGER },
      (kind, body) => this.#message(kind, body),
    );
    let mine: Transport | undefined;
    const events: TransportEvents = {
      data: (chunk) => {
        if (this.#transport !== mine) return;
        this.#heardAt = Date.now();
        this.#receiving = true;
        try {
          frames.push(chunk);
        } catch (error) {
          this.#lastFailure = error as Error;
          mine?.destroy();
        } finally {
          this.#receiving = false;
        }
        this.#flushSoon();
      },
      closed: (error) => {
        if (mine === undefined || this.#transport === mine) this.#disconnected(error);
      },
    };
    this.#options.dial(events).then(
      (transport) => {
        if (this.#state === 'closed') {
          transport.destroy();
          return;
        }
        mine = transport;
        this.#transport = transport;
        transport.hold(this.inFlight > 0 || this.#whenOpen.length > 0);
        this.#outbox = new Outbox(ToNode.part);
        this.#outbox.attach(transport);
        writeHello(this.#outbox.frame(ToNode.hello), {
          magic: MAGIC,
          version: PROTOCOL_VERSION,
          token: this.#options.token ?? '',
        });
        this.#outbox.flush();
      },
      (error: Error) => this.#disconnected(error),
    );
  }

  #opened(welcome: Welcome): void {
    const before = this.#welcome;
    this.#welcome = welcome;
    this.#state = 'open';
    this.#retryMs = RETRY_MS;
    this.#lastFailure = undefined;
    this.#options.onWelcome(welcome);
    for (const target of this.#refs) target.ref = -1;
    this.#refs = [];
    this.#nextRef = 0;
    if (before !== undefined && before.incarnation !== welcome.incarnation) {
      for (const { alias, parent, begun } of [...this.#sessions.values()])
        if (begun && parent === undefined) this.#sessionLost(alias);
    }
    // Parents come first: their numbers are lower.
    for (const session of this.#sessions.values()) if (session.begun) this.#announce(session, session.known);
    for (const session of this.#unended.splice(0)) {
      this.#announce(session, true);
      this.#outbox.frame(ToNode.end).varint(session.alias);
    }
    for (const pending of this.#givenUp.values()) {
      if (pending.session!.over) this.#givenUp.delete(pending.callId);
      else this.#skip(pending);
    }
    // What has no answer goes out again, in the order of its calls.
    const again = this.#unanswered();
    this.#sent.clear();
    this.#queue.clear();
    for (const pending of again) this.#queue.set(pending.callId, pending);
    for (const { resolve } of this.#whenOpen.splice(0)) resolve();
    this.#beat();
    if (this.inFlight === 0) this.#transport?.hold(false);
    this.#flush();
  }

  #disconnected(error: Error | undefined): void {
    if (this.#state === 'closed') return;
    this.#transport = undefined;
    this.#state = 'idle';
    clearTimeout(this.#beatTimer);
    if (error !== undefined) this.#lastFailure = error;
    const why = this.#lastFailure?.message ?? 'the server ended the connection';
    for (const { reject } of this.#whenOpen.splice(0)) reject(notConnected(this.address, why));
    for (const { reject } of this.#admin.values()) reject(notConnected(this.address, why));
    this.#admin.clear();
    if (this.inFlight === 0 && this.#unended.length === 0) return;
    this.#retryTimer = setTimeout(() => this.#connect(), this.#retryMs);
    if (this.inFlight === 0) this.#retryTimer.unref();
    this.#retryMs = Math.min(this.#retryMs * 2, MAX_RETRY_MS);
  }

  /** Says that the process lives while nothing else does. */
  #beat(): void {
    clearTimeout(this.#beatTimer);
    this.#beatTimer = setTimeout(() => {
      if (this.#state !== 'open') return;
      if (this.#session.begun && !this.#session.over) {
        this.#outbox.frame(ToNode.beat).text(this.#session.id);
        this.#outbox.flush();
      }
      this.#beat();
    }, this.#options.sessionTtlMs / 3);
    this.#beatTimer.unref();
  }

  #message(kind: number, body: Reader): void {
    switch (kind) {
      case ToClient.replies:
        while (!body.done) this.#reply(body);
        if (this.inFlight === 0) this.#transport?.hold(false);
        return;
      case ToClient.welcome:
        this.#opened(readWelcome(body));
        return;
      case ToClient.goodbye:
        this.#refused(body.text() as RefusalCode, body.text());
        return;
      case ToClient.sessionLost:
        this.#sessionLost(body.varint());
        return;
      case ToClient.admin: {
        const waiting = this.#admin.get(body.varint());
        if (body.byte() === ReplyKind.refusal)
          waiting?.reject(errorOf(body.text() as RefusalCode, body.text()));
        else waiting?.resolve(body.value());
        return;
      }
      default: // A newer node may say more than this client knows.
    }
  }

  #reply(body: Reader): void {
    const callId = body.varint();
    const kind = body.byte();
    const pending = this.#sent.take(callId);
    if (kind === ReplyKind.value) {
      const value = body.value();
      if (pending === undefined) {
        this.#late(callId);
        return;
      }
      this.#answered(pending);
      pending.session!.known = true;
      pending.target.seenIn = this.#welcome!.incarnation;
      pending.resolve(value);
      return;
    }
    const refusal = new Refusal(body.text() as RefusalCode, body.text(), body.value());
    if (pending === undefined) {
      this.#late(callId);
      return;
    }
    this.#answered(pending);
    const session = pending.session!;
    if (refusal.code === 'session-lost' && !session.over) this.#retire(session.parent ?? session);
    if (refusal.code === 'moved') {
      pending.sequence = 0;
      pending.sent = false;
      this.#options.onMoved(pending, String(refusal.details));
    } else if (refusal.code === 'session-lost' && refusal.details === UNDONE && !session.holds) {
      // Nothing was lost with the session, for it held nothing: the caller need not know of it.
      pending.sent = false;
      pending.sequence = 0;
      this.submit(pending);
    } else {
      session.known = true;
      pending.reject(this.#errorOf(pending, refusal));
    }
  }

  /** The answer to what was given up: nobody waits for it, and the node need not keep it. */
  #late(callId: number): void {
    const pending = this.#givenUp.get(callId);
    if (pending === undefined) return;
    this.#givenUp.delete(callId);
    this.#acknowledge(pending);
  }

  #answered(pending: Pending): void {
    pending.target.inFlight--;
    if (pending.onAbort !== undefined) pending.signal!.removeEventListener('abort', pending.onAbort);
    if (pending.sequence > 0) this.#acknowledge(pending);
  }

  #acknowledge({ target, sequence, session: its }: Pending): void {
    const session = its!;
    const apart = session.answered(target.slot, sequence);
    if (apart === undefined) return;
    const writer = this.#outbox.frame(ToNode.acknowledge);
    writer.varint(session.alias);
    writer.varint(target.slot);
    writer.values(apart);
  }

  #errorOf(pending: Pending, { code, message, details }: Refusal): unknown {
    if (code === 'cancelled') {
      if (pending.cancelled === 'signal') return pending.signal!.reason;
      if (pending.cancelled === 'timeout') return withCaller(this.#timedOut(pending), pending.caller);
    }
    const reason = typeof details === 'string' ? details : undefined;
    return withCaller(errorOf(code, message, reason), pending.caller, details);
  }

  /** The node will not have this client: trying again would not help. */
  #refused(code: RefusalCode, message: string): void {
    const error = errorOf(code, `${this.address}: ${message}`);
    this.#lastFailure = error;
    this.#failAll(() => errorOf(code, `${this.address}: ${message}`));
  }
}

/** Whether it is this session, or a call's within it. */
function isPartOf(session: LinkSession | undefined, whole: LinkSession): boolean {
  return session === whole || session?.parent === whole;
}

function nameOf({ type, key }: ClientTarget): string {
  return `${type} ${JSON.stringify(key.length > 100 ? `${key.slice(0, 80)}…` : key)}`;
}

function notConnected(address: string, why: string): ConnectionError {
  return new ConnectionError('not-connected', `cannot reach ${address}: ${why}`);
}
