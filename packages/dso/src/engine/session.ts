import type { Slot } from './slot.ts';

/**
 * A client, or one call of a worker, as its owner of slots sees it. It lives while it is renewed, or while its parent
 * does; an id never comes back to life.
 */
export interface Session {
  readonly id: string;
  readonly parent: Session | undefined;
  readonly children: Set<Session>;
  /** How long it lives without a sign of life, milliseconds. */
  readonly ttlMs: number;
  /** When it ends unless it is renewed; of a child, its parent's counts. */
  expiresAt: number;
  ended: boolean;
  /** Connections that carry it: while there is one, the end of another means nothing. */
  connections: number;
  /** The slots that know it. */
  readonly slots: Set<Slot>;
}
