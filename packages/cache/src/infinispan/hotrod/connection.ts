/** The way to one cache by Hot Rod: a session with one node, and with the next one when that is not reached. */
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf } from '../../errors.ts';
import {
  closed,
  type InfinispanServer,
  NoAccessError,
  NoCacheError,
  SPREAD_EVERY_MS,
  SPREAD_MS,
} from '../infinispan-server.ts';
import { type HotRodClient, HotRodSession } from './session.ts';

export class HotRodConnection {
  readonly #server: InfinispanServer;
  readonly #cache: string;
  #session: HotRodSession | undefined;
  #current = 0;
  #isClosed = false;

  /** Connects on first use. */
  constructor(server: InfinispanServer, cache: string) {
    this.#server = server;
    this.#cache = cache;
  }

  /** Runs an operation that has the outcome of once when it is done twice. @throws {CacheError} */
  async run<T>(operation: (client: HotRodClient) => Promise<T>): Promise<T> {
    const { nodes } = this.#server;
    const begun = performance.now();
    for (let attempt = 1; ; ) {
      if (this.#isClosed) throw closed();
      this.#session ??= new HotRodSession(this.#server, nodes[this.#current % nodes.length]!, this.#cache);
      const session = this.#session;
      try {
        return await session.run(operation);
      } catch (error) {
        if (this.#isClosed) throw closed();
        const isNew = error instanceof NoCacheError && performance.now() - begun < SPREAD_MS;
        if (isNew) session.end(error);
        if (session.hasEnded && this.#session === session) {
          this.#session = undefined;
          this.#current++;
        }
        if (isNew) {
          await delay(SPREAD_EVERY_MS);
          continue;
        }
        // The next node would refuse it, too.
        const isRefused = error instanceof NoAccessError || codeOf(error) === 'unsupported';
        if (isRefused || !session.hasEnded || attempt++ > nodes.length) throw error;
      }
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#session?.end();
  }
}
