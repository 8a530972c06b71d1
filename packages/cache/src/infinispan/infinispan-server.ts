/** Where Infinispan is, and what both ways to it say when it is not reached. */
import type { Credentials } from '@skein/codec';
import { CacheError } from '../errors.ts';

export interface InfinispanServer {
  /** URLs of nodes without user info, in the order in which they are asked. */
  readonly nodes: readonly [string, ...string[]];
  readonly timeoutMs: number;
  credentials(): Credentials | undefined;
}

/** So long it may take until all nodes know a cache that one has made. */
export const SPREAD_MS = 2_000;
/** Between two looks for it. */
export const SPREAD_EVERY_MS = 20;

/** A node knows no such cache: it may be new. */
export class NoCacheError extends CacheError {
  constructor(message: string) {
    super('unreachable', message);
  }
}

export function closed(): CacheError {
  return new CacheError('closed', 'the cache was closed');
}

/** Whoever asks may not. */
export class NoAccessError extends CacheError {
  /** @param cause what the server says, where it says more */
  constructor(at: string, user: string | undefined, cause?: Error) {
    const who = user === undefined ? 'nobody' : `user ${user}`;
    super('unreachable', `${at} refused access to ${who}${cause === undefined ? '' : `: ${cause.message}`}`, {
      cause,
    });
  }
}

/** What `fetch` throws says why in its cause; Node's error for several addresses of one name has no words of its own. */
export function reasonOf(error: Error): string {
  const cause = error.cause instanceof Error ? error.cause : error;
  return cause.message || String((cause as { readonly code?: unknown }).code);
}
