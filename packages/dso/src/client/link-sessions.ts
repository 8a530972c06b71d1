/** What the node of one link has been told of the client's sessions. */
import type { SiteCall } from '@skein/codec';
import { writeSession } from '../wire/messages.ts';
import type { Outbox } from '../wire/outbox.ts';
import { ToNode } from '../wire/protocol.ts';
import type { LinkSession } from './link-session.ts';
import { type BookUser, SessionBook } from './session-book.ts';

export interface SessionEvents {
  /** A session is about to wait for something, or to hold it: its signs of life must not depend on this thread. */
  readonly onHold: (session: LinkSession) => void;
  /** It is over, and needs no signs of life any more. */
  readonly onOver: (session: LinkSession) => void;
  /** Its call has ended: the node is to be told. */
  readonly onCallEnded: (session: LinkSession) => void;
}

export class LinkSessions implements Iterable<LinkSession>, BookUser {
  readonly #ttlMs: number;
  readonly #events: SessionEvents;
  #book: SessionBook;
  /** Those that the node has been told of. */
  #begun = new WeakSet<LinkSession>();
  /** Those in which it has answered. Until then their beginning may have been lost on the way, and they may begin once more. */
  #known = new WeakSet<LinkSession>();
  /** Those that ended while the node could not be told. */
  #unended: LinkSession[] = [];
  /** Members of a cluster know sessions from each other: none is lost with one of them. */
  areShared = false;

  constructor(ttlMs: number, events: SessionEvents, book: SessionBook) {
    this.#ttlMs = ttlMs;
    this.#events = events;
    this.#book = book;
    book.users.add(this);
  }

  /** The node has sessions of its own, which nobody else knows. Nothing has been sent yet. */
  separate(): void {
    this.#book.users.delete(this);
    this.#book = new SessionBook();
    this.#book.users.add(this);
  }

  [Symbol.iterator](): Iterator<LinkSession> {
    return this.#book[Symbol.iterator]();
  }

  /** That of the process. */
  get main(): LinkSession {
    return this.#book.main;
  }

  get(alias: number): LinkSession | undefined {
    return this.#book.get(alias);
  }

  of(owner: SiteCall): LinkSession {
    return this.#book.of(owner);
  }

  hasBegun(session: LinkSession): boolean {
    return this.#begun.has(session);
  }

  /** The node has answered in it. */
  know(session: LinkSession): void {
    this.#known.add(session);
  }

  /** Whether any may hold something. */
  get hold(): boolean {
    for (const session of this.#book) if (session.holds) return true;
    return false;
  }

  /** Whether calls of an executor are under way that have used it. */
  get haveCalls(): boolean {
    for (const { parent } of this.#book) if (parent !== undefined) return true;
    return false;
  }

  /** Whether the node is to be told of ends. */
  get haveEnded(): boolean {
    return this.#unended.length > 0;
  }

  callEnded(session: LinkSession): void {
    if (this.#begun.has(session)) this.#events.onCallEnded(session);
  }

  /** Its process lives on, and so would what it holds: the node is told as soon as that can be. */
  endLater(session: LinkSession): void {
    this.#unended.push(session);
  }

  /** Tells the node of it, and of its parent, unless it knows. */
  begin(session: LinkSession, outbox: Outbox): void {
    if (this.#begun.has(session)) return;
    if (session.parent !== undefined) this.begin(session.parent, outbox);
    this.#announce(session, false, outbox);
    this.#begun.add(session);
  }

  /** It asks for something to hold. */
  holds(session: LinkSession): void {
    session.holds = true;
    const lives = session.parent ?? session;
    if (lives.kept) return;
    lives.kept = true;
    this.#events.onHold(lives);
  }

  /** On a new connection: goes on with all, and ends those that have ended meanwhile. */
  resume(outbox: Outbox): void {
    for (const session of this.#book)
      if (this.#begun.has(session)) this.#announce(session, this.#known.has(session), outbox);
    for (const session of this.#unended.splice(0)) {
      this.#announce(session, true, outbox);
      outbox.frame(ToNode.end).varint(session.alias);
    }
  }

  /** A session is over, and those that are part of it. */
  retire(session: LinkSession): void {
    for (const one of this.#book.retire(session)) if (one.kept) this.#events.onOver(one);
  }

  /** Ends all: those that the node knows of, and in a cluster all, for it may know them from another member. */
  end(outbox: Outbox): void {
    for (const session of this.#book) {
      if (session.parent !== undefined) continue;
      if (this.areShared) this.begin(session, outbox);
      if (this.#begun.has(session)) outbox.frame(ToNode.end).varint(session.alias);
    }
  }

  #announce({ alias, id, parent }: LinkSession, resume: boolean, outbox: Outbox): void {
    const { id: parentId } = parent ?? {};
    writeSession(outbox.frame(ToNode.session), {
      alias,
      id,
      parent: parentId,
      ttlMs: this.#ttlMs,
      resume: resume && !this.areShared,
    });
  }
}
