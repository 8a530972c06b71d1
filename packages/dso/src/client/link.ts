/**
 * The client's end of one node: operations go out in the order of their calls, answers come back in any. A connection
 * that breaks is made again, and what has no answer is sent again under the same number, so that it happens once (D3).
 */
import type { RefusalCode } from '../engine/refusal.ts';
import { DsoError, errorOf } from '../errors.ts';
import type { Reader } from '../value/reader.ts';
import type { Value } from '../value/value.ts';
import type { Welcome } from '../wire/messages.ts';
import { ToClient, ToNode } from '../wire/protocol.ts';
import { Administration } from './administration.ts';
import { now } from './clock.ts';
import { Connection, type ConnectionOptions, type ConnectionUser } from './connection.ts';
import { InFlight } from './in-flight.ts';
import type { LinkSession } from './link-session.ts';
import { LinkSessions } from './link-sessions.ts';
import { notConnected, unknown } from './outcomes.ts';
import type { Pending } from './pending.ts';
import { Replies } from './replies.ts';
import { Sending } from './sending.ts';
import type { SessionBook } from './session-book.ts';

export interface LinkOptions extends ConnectionOptions {
  /** Of a client; links to a cluster share one. */
  readonly sessions: SessionBook;
  /** Told of every welcome: who the members are may have changed. */
  readonly onWelcome: (welcome: Welcome) => void;
  /** A member of a cluster says who the members are now. */
  readonly onMembers: (members: readonly string[]) => void;
  /** The connection broke, or could not be made. */
  readonly onLost: () => void;
  /** In a cluster: takes an operation to where its slot is, as far as is known; `owner`: as a member has just said. */
  readonly goElsewhere: (slot: number, owner: string | undefined, go: (link: Link) => void) => void;
  /** A session is about to wait for something, or to hold it: its signs of life must not depend on this thread. */
  readonly onHold: (session: LinkSession) => void;
  /** It is over, and needs no signs of life any more. */
  readonly onOver: (session: LinkSession) => void;
  /** The connection to the member that holds a slot, as far as it is known. */
  readonly linkOf: (slot: number) => Link;
  /** The object is at another member. */
  readonly onMoved: (owner: string) => Link;
}

export class Link implements ConnectionUser {
  readonly #options: LinkOptions;
  readonly #connection: Connection;
  readonly #inFlight: InFlight;
  readonly #sessions: LinkSessions;
  readonly #sending: Sending;
  readonly #replies: Replies;
  readonly #administration = new Administration();
  #nextCall = 1;
  /** Of the cluster: else only what has been asked keeps it connected. */
  isMember = true;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#connection = new Connection(options, this);
    this.#inFlight = new InFlight(this.#connection);
    this.#sessions = new LinkSessions(
      options.sessionTtlMs,
      {
        onHold: options.onHold,
        onOver: options.onOver,
        onCallEnded: (session) => this.#callEnded(session),
      },
      options.sessions,
    );
    this.#sending = new Sending(this.#connection, this.#inFlight, this.#sessions);
    this.#replies = new Replies(this.#connection, this.#inFlight, this.#sending, this.#sessions, {
      retire: (session) => this.#retire(session),
      askAnew: (pending, owner) =>
        this.#askAnew(pending, owner === undefined ? this : options.onMoved(owner)),
      submit: (pending) => this.submit(pending),
      moved: (pending, owner) => this.#goElsewhere(pending, owner),
      skipElsewhere: (pending, owner) =>
        options.goElsewhere(pending.target.slot, owner, (link) => link.skip(pending)),
    });
  }

  get address(): string {
    return this.#options.address;
  }

  /** Operations without an answer. */
  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** Whether calls of an executor are under way that have used it. */
  get hasCalls(): boolean {
    return this.#sessions.haveCalls;
  }

  /** Whether there are some that wait for nobody. */
  get isAsking(): boolean {
    return this.#inFlight.isAsking;
  }

  /** Resolves when those have their answers. */
  settled(): Promise<void> {
    return this.#inFlight.settled();
  }

  get isBusy(): boolean {
    return this.#inFlight.size > 0 || this.#administration.size > 0;
  }

  /** What is held would be lost 2 s after the connection. */
  get isNeeded(): boolean {
    return this.isBusy || (this.isMember && (this.#sessions.haveEnded || this.#sessions.hold));
  }

  /** Resolves when the node has welcomed this client; rejects when it refuses, or cannot be reached now. */
  open(): Promise<void> {
    return this.#connection.open();
  }

  /** Takes an operation, whose promise it settles. */
  submit(pending: Pending): void {
    const { signal, owner } = pending;
    if (this.#connection.state === 'closed') {
      pending.reject(this.#connection.closedError());
      return;
    }
    if (signal?.aborted === true && pending.sequence === 0) {
      pending.reject(signal.reason);
      return;
    }
    pending.callId = this.#nextCall++;
    // One that comes from another member of a cluster has its number, in its session.
    if (pending.sequence === 0)
      pending.session = owner === undefined ? this.#sessions.main : this.#sessions.of(owner);
    this.#inFlight.add(pending);
    // On its way from another member it did not hear of that.
    if (signal?.aborted === true && pending.cancelled === undefined) this.#inFlight.cancel(pending, 'signal');
    this.#connection.flushSoon();
  }

  /** A number that its caller has given up, elsewhere: here it is to be taken all the same. */
  skip(pending: Pending): void {
    if (pending.session!.over) return;
    pending.callId = this.#nextCall++;
    this.#inFlight.givenUp.set(pending.callId, pending);
    if (this.#connection.state !== 'open') return;
    this.#sending.skip(pending);
    this.#connection.flushSoon();
  }

  /** The member is one no more: all that is asked of it is asked of others. */
  leave(): void {
    for (const pending of this.#inFlight.all()) {
      this.#inFlight.remove(pending);
      this.#goElsewhere(pending, undefined);
    }
    const { givenUp } = this.#inFlight;
    for (const pending of [...givenUp.values()])
      this.#options.goElsewhere(pending.target.slot, undefined, (link) => {
        if (link !== this) link.skip(pending);
      });
    givenUp.clear();
  }

  /** Its node is no member of a cluster: its sessions are its own. */
  separate(): void {
    this.#sessions.separate();
    for (const [, pending] of this.#inFlight.queue) {
      const { owner } = pending;
      pending.session = owner === undefined ? this.#sessions.main : this.#sessions.of(owner);
    }
  }

  /** It may have been done, or will be: it goes on under its number. */
  #goElsewhere(pending: Pending, owner: string | undefined): void {
    this.#options.goElsewhere(pending.target.slot, owner, (link) => {
      if (pending.deadline > now()) {
        link.submit(pending);
        return;
      }
      const isKnown = pending.kind === 'read' || pending.sequence === 0;
      if (!isKnown) link.skip(pending);
      pending.reject(
        isKnown
          ? this.#inFlight.cancelledError(pending, 'timeout')
          : unknown(pending, `no answer came within ${pending.timeoutMs} ms`, undefined),
      );
    });
  }

  /** Operations that were not sent go to the members that hold their objects, which are known by now. */
  route(): void {
    for (const [, pending] of this.#inFlight.queue) {
      const link = this.#options.linkOf(pending.target.slot);
      if ((pending.sent && !this.#sessions.areShared) || link === this) continue;
      this.#inFlight.remove(pending);
      link.submit(pending);
    }
  }

  /** Asks the node itself. */
  async administer(name: string, args: readonly Value[]): Promise<Value> {
    await this.open();
    const { state, outbox } = this.#connection;
    if (state === 'closed') throw this.#connection.closedError();
    if (state !== 'open') throw notConnected(this.address, 'the server ended the connection');
    const answer = this.#administration.ask(name, args, outbox);
    this.#connection.hold();
    this.#connection.flushSoon();
    return answer;
  }

  /** The same, after all operations that were called before. */
  async administerInOrder(name: string, args: readonly Value[]): Promise<Value> {
    await this.open();
    this.#connection.flush();
    return this.administer(name, args);
  }

  /** Says it at once if there is a connection, for a process that ends: nobody hears the answer. */
  tell(name: string, args: readonly Value[]): void {
    const connection = this.#connection;
    if (connection.state !== 'open') return;
    connection.flush();
    this.#administration.ask(name, args, connection.outbox).catch(() => {});
    connection.outbox.flush();
  }

  /** Sends user code. Resolves when the node has it: a large piece is overtaken by operations that are called later. */
  async sendCode(hash: string, bytes: Uint8Array): Promise<void> {
    await this.administer('code', [hash, bytes]);
  }

  /** Ends it: the session too, and what it holds. Operations without an answer fail. */
  async close(): Promise<void> {
    const connection = this.#connection;
    if (connection.state === 'closed') return;
    if (connection.state === 'open') {
      connection.flush();
      this.#sessions.end(connection.outbox);
      connection.outbox.flush();
    }
    connection.close();
    this.#inFlight.stop();
    const why = `the connection to ${this.address} was closed before the answer came`;
    for (const pending of this.#inFlight.all()) this.#inFlight.settle(pending, new DsoError('closed', why));
    this.lost(new DsoError('closed', why));
  }

  // Sessions

  #callEnded(session: LinkSession): void {
    const connection = this.#connection;
    if (connection.state === 'open') {
      connection.flush();
      connection.outbox.frame(ToNode.end).varint(session.alias);
      connection.flushSoon();
    } else if (connection.state !== 'closed') {
      this.#sessions.endLater(session);
      connection.connect();
    }
  }

  /** The node does not know the session any more: what was sent in it may have been done or not. */
  #sessionLost(alias: number): void {
    const session = this.#sessions.get(alias);
    if (session === undefined) return;
    this.#retire(session);
    for (const pending of this.#inFlight.all()) {
      if (pending.session?.isPartOf(session) !== true) continue;
      if (pending.kind === 'read') this.#again(pending);
      else this.#settleUnknown(pending, 'its session was lost', this.#connection.lastFailure);
    }
  }

  /** A session is over. What was not sent goes on in the session that comes next. */
  #retire(session: LinkSession): void {
    this.#sessions.retire(session);
    const { givenUp, queue } = this.#inFlight;
    for (const [callId, { session: its }] of givenUp) if (its?.isPartOf(session)) givenUp.delete(callId);
    for (const [, pending] of queue)
      if (pending.session?.isPartOf(session) === true && !pending.sent) this.#again(pending);
  }

  #again(pending: Pending): void {
    this.#inFlight.remove(pending);
    this.#askAnew(pending, this);
  }

  /** It has had no effect: it is asked anew, unless it was cancelled meanwhile. */
  #askAnew(pending: Pending, link: Link): void {
    pending.sent = false;
    pending.sequence = 0;
    if (pending.cancelled === undefined) link.submit(pending);
    else pending.reject(this.#inFlight.cancelledError(pending, pending.cancelled));
  }

  #settleUnknown(pending: Pending, why: string, cause: Error | undefined): void {
    this.#inFlight.settle(pending, unknown(pending, why, cause));
  }

  // What is sent

  fill(): void {
    this.#sending.all();
  }

  beat(): void {
    this.#connection.outbox.frame(ToNode.beat).text(this.#sessions.main.id);
    for (const session of this.#sessions)
      for (const [slot, sequences] of session.takeUntold())
        this.#sending.acknowledge(session, slot, sequences);
  }

  // What is heard

  welcomed(welcome: Welcome, before: Welcome | undefined): void {
    this.#sessions.areShared = welcome.isCluster;
    this.#options.onWelcome(welcome);
    this.#sending.references.forget();
    if (!welcome.isCluster && before !== undefined && before.incarnation !== welcome.incarnation) {
      for (const session of [...this.#sessions])
        if (this.#sessions.hasBegun(session) && session.parent === undefined)
          this.#sessionLost(session.alias);
    }
    this.#sessions.resume(this.#connection.outbox);
    const { givenUp } = this.#inFlight;
    for (const pending of givenUp.values()) {
      if (pending.session!.over) givenUp.delete(pending.callId);
      else this.#sending.skip(pending);
    }
    // What has no answer goes out again, in the order of its calls.
    this.#inFlight.sendAgain();
  }

  lost(error: Error): void {
    this.#administration.fail(error);
    this.#options.onLost();
  }

  message(kind: number, body: Reader): void {
    switch (kind) {
      case ToClient.replies:
        while (!body.done) this.#replies.read(body);
        this.#connection.release();
        return;
      case ToClient.goodbye:
        this.#goodbye(body.text() as RefusalCode, body.text());
        return;
      case ToClient.sessionLost:
        this.#sessionLost(body.varint());
        return;
      case ToClient.members:
        this.#options.onMembers(body.values() as string[]);
        return;
      case ToClient.life: {
        const target = this.#sending.references.at(body.varint());
        if (target !== undefined) target.life = body.text();
        return;
      }
      case ToClient.admin:
        this.#administration.answer(body);
        this.#connection.release();
        return;
      default: // A newer node may say more than this client knows; and that it was heard is what a beat's answer says.
    }
  }

  /** The node will not have this client: trying again would not help. What was sent may have been done before. */
  #goodbye(code: RefusalCode, message: string): void {
    const error = (): DsoError => errorOf(code, `${this.address}: ${message}`);
    this.#connection.lastFailure = error();
    for (const pending of this.#inFlight.all()) {
      if (pending.sent && pending.kind !== 'read')
        this.#settleUnknown(pending, 'the server ended the connection', error());
      else this.#inFlight.settle(pending, error());
    }
    this.lost(error());
    this.#connection.rejectOpening(error);
  }
}
