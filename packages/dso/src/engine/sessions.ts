import type { Clock } from './clock.ts';
import { Refusal } from './refusal.ts';
import type { Session } from './session.ts';

/** How often expired sessions are looked for, milliseconds. */
const LOOK_MS = 250;
/**
 * Ids of sessions that ended, kept so that none comes back to life while its client may still try. Those that were part
 * of another one are remembered apart: there are many of them, and they must not make a client's be forgotten.
 */
const REMEMBERED = 100_000;

/** The sessions of a node: begun by clients, renewed by their signs of life, ended by them or by silence. */
export class Sessions {
  readonly #clock: Clock;
  readonly #ended: (session: Session, expired: boolean) => void;
  readonly #survive: boolean;
  readonly #sessions = new Map<string, Session>();
  readonly #over = new Set<string>();
  readonly #partsOver = new Set<string>();
  #stopLooking: (() => void) | undefined;
  #lookedAt = 0;

  /** @param survive those that this node does not know may be of before its start, and have done nothing then: they go on */
  constructor(clock: Clock, ended: (session: Session, expired: boolean) => void, survive = false) {
    this.#clock = clock;
    this.#ended = ended;
    this.#survive = survive;
  }

  get size(): number {
    return this.#sessions.size;
  }

  find(id: string): Session | undefined {
    return this.#sessions.get(id);
  }

  /**
   * Begins a session, or goes on with it. Refused as lost when it is over, or when it should be there and is not; as
   * against the protocol when it would be part of a part: ends would go down without end.
   */
  open(id: string, ttlMs: number, parentId: string | undefined, resume: boolean): Session | Refusal {
    const known = this.#sessions.get(id);
    if (known !== undefined) {
      this.renew(known);
      return known;
    }
    if ((resume && !this.#survive) || this.#over.has(id) || this.#partsOver.has(id))
      return new Refusal('session-lost', 'the session is over, or its server is another');
    const parent = parentId === undefined ? undefined : this.#sessions.get(parentId);
    if (parentId !== undefined && parent === undefined)
      return new Refusal('session-lost', 'the session is over that this one is part of');
    if (parent?.parent !== undefined)
      return new Refusal('protocol', 'a session cannot be part of one that is part of another');
    return this.#begin(id, ttlMs, parent);
  }

  /**
   * A session that came with a slot whose owner this node is now: it has its whole time again. `undefined` when it is known
   * here to be over.
   */
  adopt(id: string, ttlMs: number, parentId: string | undefined): Session | undefined {
    if (this.#over.has(id) || this.#partsOver.has(id)) return undefined;
    const known = this.#sessions.get(id);
    if (known !== undefined) return known;
    const parent = parentId === undefined ? undefined : this.adopt(parentId, ttlMs, undefined);
    return parentId !== undefined && parent === undefined ? undefined : this.#begin(id, ttlMs, parent);
  }

  #begin(id: string, ttlMs: number, parent: Session | undefined): Session {
    const session: Session = {
      id,
      parent,
      children: new Set(),
      ttlMs,
      expiresAt: this.#clock.now() + ttlMs,
      ended: false,
      connections: 0,
      slots: new Set(),
    };
    parent?.children.add(session);
    this.#sessions.set(id, session);
    if (this.#stopLooking === undefined) {
      this.#lookedAt = this.#clock.now();
      this.#stopLooking = this.#clock.after(LOOK_MS, () => this.#look());
    }
    return session;
  }

  /** One that ended by silence, as a slot remembers that came from elsewhere. */
  bury(id: string): void {
    if (!this.#sessions.has(id)) this.#over.add(id);
  }

  renew(session: Session): void {
    const expiresAt = this.#clock.now() + session.ttlMs;
    if (expiresAt > session.expiresAt) session.expiresAt = expiresAt;
  }

  /** Its client is gone, as far as one can see: unless it comes back soon, the session ends. */
  shorten(session: Session, ms: number): void {
    session.expiresAt = Math.min(session.expiresAt, this.#clock.now() + ms);
  }

  /** Ends a session and those that are part of it; what they held is let go. @param expired by silence */
  end(session: Session, expired = false): void {
    if (session.ended) return;
    for (const child of session.children) this.end(child, expired);
    session.ended = true;
    session.parent?.children.delete(session);
    this.#sessions.delete(session.id);
    const over = session.parent === undefined ? this.#over : this.#partsOver;
    over.add(session.id);
    if (over.size > REMEMBERED) over.delete(over.values().next().value!);
    this.#ended(session, expired);
  }

  stop(): void {
    this.#stopLooking?.();
    this.#stopLooking = () => {};
  }

  #look(): void {
    const now = this.#clock.now();
    // Who stood still has not heard the signs of life that came meanwhile: they are in its sockets.
    const missed = now - this.#lookedAt - LOOK_MS;
    if (missed > LOOK_MS) for (const session of this.#sessions.values()) session.expiresAt += missed;
    this.#lookedAt = now;
    for (const session of [...this.#sessions.values()]) {
      if (session.parent === undefined && session.expiresAt <= now) this.end(session, true);
    }
    this.#stopLooking =
      this.#sessions.size === 0 ? undefined : this.#clock.after(LOOK_MS, () => this.#look());
  }
}
