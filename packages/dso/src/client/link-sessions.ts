/** The sessions of one link: that of the process, and those of calls that run in it. */
import type { SiteCall } from '@skein/codec';
import { writeSession } from '../wire/messages.ts';
import type { Outbox } from '../wire/outbox.ts';
import { ToNode } from '../wire/protocol.ts';
import { LinkSession } from './link-session.ts';
import { watch } from './signals.ts';

export interface SessionEvents {
  /** A session is about to wait for something, or to hold it: its signs of life must not depend on this thread. */
  readonly onHold: (session: LinkSession) => void;
  /** It is over, and needs no signs of life any more. */
  readonly onOver: (session: LinkSession) => void;
  /** Its call has ended: the node is to be told. */
  readonly onCallEnded: (session: LinkSession) => void;
}

export class LinkSessions implements Iterable<LinkSession> {
  readonly #ttlMs: number;
  readonly #events: SessionEvents;
  /** Every one that is not over, by its alias, to go on with after a reconnection. Parents come before their children. */
  readonly #all = new Map<number, LinkSession>();
  readonly #owned = new WeakMap<SiteCall, LinkSession>();
  /** Those that ended while the node could not be told. */
  #unended: LinkSession[] = [];
  #nextAlias = 0;
  #main: LinkSession;

  constructor(ttlMs: number, events: SessionEvents) {
    this.#ttlMs = ttlMs;
    this.#events = events;
    this.#main = this.#make(undefined);
  }

  [Symbol.iterator](): Iterator<LinkSession> {
    return this.#all.values();
  }

  /** That of the process. */
  get main(): LinkSession {
    if (this.#main.over) this.#main = this.#make(undefined);
    return this.#main;
  }

  get(alias: number): LinkSession | undefined {
    return this.#all.get(alias);
  }

  /** Whether any may hold something. */
  get hold(): boolean {
    for (const session of this.#all.values()) if (session.holds) return true;
    return false;
  }

  /** Whether calls of an executor are under way that have used it. */
  get haveCalls(): boolean {
    for (const { parent } of this.#all.values()) if (parent !== undefined) return true;
    return false;
  }

  /** Whether the node is to be told of ends. */
  get haveEnded(): boolean {
    return this.#unended.length > 0;
  }

  /** What a call holds ends with the call, although its process lives on. */
  of(owner: SiteCall): LinkSession {
    const known = this.#owned.get(owner);
    if (known !== undefined && !known.over) return known;
    const session = this.#make(this.main);
    this.#owned.set(owner, session);
    const aborted = (): void => {
      this.#all.delete(session.alias);
      if (session.begun && !session.over) this.#events.onCallEnded(session);
      session.over = true;
    };
    if (owner.signal.aborted) aborted();
    else watch(owner.signal, { aborted });
    return session;
  }

  /** Its process lives on, and so would what it holds: the node is told as soon as that can be. */
  endLater(session: LinkSession): void {
    this.#unended.push(session);
  }

  /** Tells the node of it, and of its parent, unless it knows. */
  begin(session: LinkSession, outbox: Outbox): void {
    if (session.begun) return;
    if (session.parent !== undefined) this.begin(session.parent, outbox);
    this.#announce(session, false, outbox);
    session.begun = true;
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
    for (const session of this.#all.values())
      if (session.begun) this.#announce(session, session.known, outbox);
    for (const session of this.#unended.splice(0)) {
      this.#announce(session, true, outbox);
      outbox.frame(ToNode.end).varint(session.alias);
    }
  }

  /** A session is over, and those that are part of it. */
  retire(session: LinkSession): void {
    for (const one of [...this.#all.values()]) {
      if (!one.isPartOf(session)) continue;
      one.over = true;
      this.#all.delete(one.alias);
      if (one.kept) this.#events.onOver(one);
    }
  }

  /** Ends all that the node knows of. */
  end(outbox: Outbox): void {
    for (const { alias, parent, begun } of this.#all.values())
      if (begun && parent === undefined) outbox.frame(ToNode.end).varint(alias);
  }

  #make(parent: LinkSession | undefined): LinkSession {
    const session = new LinkSession(this.#nextAlias++, parent);
    this.#all.set(session.alias, session);
    return session;
  }

  #announce({ alias, id, parent }: LinkSession, resume: boolean, outbox: Outbox): void {
    const { id: parentId } = parent ?? {};
    writeSession(outbox.frame(ToNode.session), { alias, id, parent: parentId, ttlMs: this.#ttlMs, resume });
  }
}
