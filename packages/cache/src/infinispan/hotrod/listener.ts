/**
 * Hears of every change of one entry, by events that the server sends. A listener is gone with its connection or its node: then the next
 * node is asked to tell, and what was changed meanwhile is told once it does.
 */
import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { CacheError } from '../../errors.ts';
import type { InfinispanServer } from '../infinispan-server.ts';
import { type HotRodClient, HotRodSession } from './session.ts';

export interface ListenerOptions {
  readonly server: InfinispanServer;
  readonly cache: string;
  /** Of the entry. */
  readonly name: string;
  /** It may have changed. */
  readonly heard: () => void;
}

/** A connection that is cut says nothing of it: it is written to now and then. */
const BEAT_MS = 500;
const FIRST_REST_MS = 50;
const LONGEST_REST_MS = 10_000;
/** A thousand times as few processes are in each other's way, for a millisecond. */
const SKIPPED_AT_MOST = 1_000;
/** Of no entry. */
const NO_KEY = '-';

export class HotRodListener {
  readonly #options: ListenerOptions;
  readonly #closing = new AbortController();
  #session: HotRodSession | undefined;

  /** Listens until it is closed. */
  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#keepListening().catch(() => {}); // it was closed
  }

  close(): void {
    this.#closing.abort();
    this.#session?.end();
  }

  /** For who has found what was not told: the server may have forgotten it (H8). */
  anew(): void {
    this.#session?.end();
  }

  async #keepListening(): Promise<void> {
    const { server, cache, heard } = this.#options;
    const { nodes } = server;
    let restMs = FIRST_REST_MS;
    for (let node = 0; ; node++) {
      const session = new HotRodSession(server, nodes[node % nodes.length]!, cache);
      this.#session = session;
      try {
        await session.run((client) => this.#listen(client, session));
        restMs = FIRST_REST_MS;
        heard(); // of what was missed
        for (;;) {
          await this.#rest(BEAT_MS);
          await session.run((client) => client.containsKey(NO_KEY));
        }
      } catch {
        // Meanwhile others look; what fails is told by what they ask for.
        session.end();
      }
      await this.#rest(restMs);
      restMs = Math.min(restMs * 2, LONGEST_REST_MS);
    }
  }

  async #listen(client: HotRodClient, session: HotRodSession): Promise<void> {
    const { name, heard } = this.#options;
    const onEvent = (key: unknown): void => {
      const isLost = typeof key !== 'string'; // H7
      if (isLost) session.cut(new CacheError('unreachable', 'infinispan (Hot Rod): an event came in pieces'));
      if (isLost || key === name) heard();
    };
    // H8: a listener of no number is refused here, and takes a number all the same.
    for (let skipped = randomInt(SKIPPED_AT_MOST); skipped > 0; skipped--)
      client.addListener('create', onEvent, { listenerId: '' }).catch(() => {});
    const listenerId = await client.addListener('create', onEvent);
    if (listenerId === undefined) throw new CacheError('unreachable', 'infinispan takes no listener');
    for (const event of ['modify', 'remove', 'expiry'] as const)
      await client.addListener(event, onEvent, { listenerId });
  }

  /** Keeps no program running. */
  #rest(ms: number): Promise<void> {
    return delay(ms, undefined, { ref: false, signal: this.#closing.signal });
  }
}
