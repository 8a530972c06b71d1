/**
 * The sessions of a client: that of the process, and those of calls that run in it. Each connection has its own, as its node
 * has; those to a cluster share one book, for what a session has begun at one member goes on at another.
 */
import type { SiteCall } from '@skein/codec';
import { LinkSession } from './link-session.ts';
import { watch } from './signals.ts';

/** Whoever uses a book. */
export interface BookUser {
  /** A call has ended, and its session with it. */
  callEnded(session: LinkSession): void;
}

export class SessionBook implements Iterable<LinkSession> {
  readonly users: Set<BookUser> = new Set();
  /** Every one that is not over, by its alias, to go on with after a reconnection. Parents come before their children. */
  readonly #all = new Map<number, LinkSession>();
  readonly #owned = new WeakMap<SiteCall, LinkSession>();
  #nextAlias = 0;
  #main: LinkSession;

  constructor() {
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

  /** What a call holds ends with the call, although its process lives on. */
  of(owner: SiteCall): LinkSession {
    const known = this.#owned.get(owner);
    if (known !== undefined && !known.over) return known;
    const session = this.#make(this.main);
    this.#owned.set(owner, session);
    const aborted = (): void => {
      this.#all.delete(session.alias);
      if (!session.over) for (const user of this.users) user.callEnded(session);
      session.over = true;
    };
    if (owner.signal.aborted) aborted();
    else watch(owner.signal, { aborted });
    return session;
  }

  /** A session is over, and those that are part of it: gives them. */
  retire(session: LinkSession): readonly LinkSession[] {
    const retired = [...this.#all.values()].filter((one) => one.isPartOf(session));
    for (const one of retired) {
      one.over = true;
      this.#all.delete(one.alias);
    }
    return retired;
  }

  #make(parent: LinkSession | undefined): LinkSession {
    const session = new LinkSession(this.#nextAlias++, parent);
    this.#all.set(session.alias, session);
    return session;
  }
}
