/**
 * One connection to one node by Hot Rod, on the package `infinispan` 0.16, with what that leaves to its users:
 *
 * - **H1** It has no timeouts: what is not answered in time is given up, and its connection with it, as all that waits there.
 * - **H2** It does not connect again: a session that has ended is replaced by whoever wants another one.
 * - **H3** It throws text instead of errors.
 * - **H4** With topology updates a wrong password is an unhandled rejection, and nodes that join fail operations: they are off. One
 *   node is spoken to, and the cluster does the rest.
 * - **H5** An account that may not enter is told so by the first operation, not when it connects.
 * - **H6** Its sockets outlive it: see `Sockets`.
 * - **H7** It takes an answer with a version, or an event, of which only the first piece has come for a whole one, and loses its place
 *   among the bytes: what comes next may be given to whoever waits. See `cells.ts` and `listener.ts`.
 * - **H8** It counts listeners from the start of the process, and a server takes those of one number for one: when the first goes, the
 *   others are not told any more. See `listener.ts`.
 */
import { Sockets } from '@skein/codec/node';
import { CacheError } from '../../errors.ts';
import { loadPackage } from '../../optional-package.ts';
import {
  closed,
  type InfinispanServer,
  NoAccessError,
  NoCacheError,
  reasonOf,
} from '../infinispan-server.ts';

/** What is used of the package's client. Its own types say other things in places. */
export interface HotRodClient {
  get(key: string): Promise<string | undefined>;
  getWithMetadata(
    key: string,
  ): Promise<{ readonly value: string | undefined; readonly version: Buffer } | undefined>;
  put(key: string, value: string, options?: Lifespan): Promise<unknown>;
  putIfAbsent(key: string, value: string, options?: Lifespan): Promise<boolean>;
  replaceWithVersion(key: string, value: string, version: Buffer, options?: Lifespan): Promise<boolean>;
  remove(key: string): Promise<boolean>;
  removeWithVersion(key: string, version: Buffer): Promise<boolean>;
  containsKey(key: string): Promise<boolean>;
  /** @param heard gets what it could make of the key's bytes (H7) */
  addListener(
    event: 'create' | 'modify' | 'remove' | 'expiry',
    heard: (key: unknown) => void,
    options?: { readonly listenerId: string },
  ): Promise<string | undefined>;
  disconnect(): Promise<void>;
}

/** Such as '5000ms'. */
export interface Lifespan {
  readonly lifespan: string;
}

interface HotRodPackage {
  client(server: { readonly host: string; readonly port: number }, options: object): Promise<HotRodClient>;
}

const NO_CACHE = /CacheNotFoundException|not found amongst|ISPN006023|Cache .* not found/i;
const DENIED =
  /Invalid credentials|authenticat|ISPN006017|not among the supported|Unauthorized|SecurityException|ISPN000287|lacks/i;
/** What REST does, too: no password crosses the wire. The other one costs this package 100 ms of the event loop for each connection. */
const QUICK_MECHANISM = 'DIGEST-MD5';
const STRONG_MECHANISM = 'SCRAM-SHA-256';
const NOT_OFFERED = /not among the supported/;
/** What the package says of a connection, rather than the server by it. */
const BROKEN = /^(?:Unable to complete request|No clusters)/;

export class HotRodSession {
  readonly #server: InfinispanServer;
  readonly #node: URL;
  readonly #cache: string;
  readonly #sockets = new Sockets();
  readonly #client: Promise<HotRodClient>;
  /** Of those who wait. */
  readonly #rejects = new Set<(reason: unknown) => void>();
  #end: { readonly reason: unknown } | undefined;

  /** Connects. */
  constructor(server: InfinispanServer, node: string, cache: string) {
    this.#server = server;
    this.#node = new URL(node);
    this.#cache = cache;
    this.#client = this.#sockets.gather(() => this.#connect());
    this.#client.catch(() => {}); // told to whoever uses it
  }

  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /** @throws {CacheError} and has ended then, unless it was the server that said no */
  async run<T>(operation: (client: HotRodClient) => Promise<T>): Promise<T> {
    let isAnswered = false;
    try {
      return await this.#inTime(async () => {
        const client = await this.#client;
        try {
          return await operation(client);
        } catch (error) {
          isAnswered = typeof error === 'string' && !BROKEN.test(error) && !DENIED.test(error);
          throw error;
        }
      });
    } catch (thrown) {
      const error = this.#told(thrown);
      if (!isAnswered) this.end(error);
      throw error;
    }
  }

  /** Fails what waits. */
  end(reason: unknown = closed()): void {
    if (this.#end !== undefined) return;
    this.#end = { reason };
    for (const reject of this.#rejects) reject(reason);
    // It says that it goes; whether the server hears is not waited for.
    this.#client.then((client) => client.disconnect()).catch(() => {});
    setImmediate(() => this.#sockets.close());
  }

  /** Ends it before another byte is read (H7). */
  cut(reason: unknown): void {
    this.#sockets.close();
    this.end(reason);
  }

  async #connect(): Promise<HotRodClient> {
    const { default: hotRod } = await loadPackage<{ readonly default: HotRodPackage }>(
      'infinispan',
      'the infinispan tier by Hot Rod',
    );
    const { username, password } = this.#server.credentials() ?? {};
    const server = { host: this.#node.hostname.replace(/^\[|\]$/g, ''), port: portOf(this.#node) };
    const options = {
      cacheName: this.#cache,
      topologyUpdates: false, // H4
      maxRetries: 1,
      ...(this.#node.protocol === 'https:' && {
        ssl: { enabled: true, sniHostName: server.host, trustCerts: trusted(this.#at) },
      }),
    };
    if (username === undefined) return hotRod.client(server, options);
    const by = (saslMechanism: string): Promise<HotRodClient> => {
      const authentication = { enabled: true, saslMechanism, userName: username, password };
      return hotRod.client(server, { ...options, authentication });
    };
    return by(QUICK_MECHANISM).catch((error: unknown) => {
      if (!NOT_OFFERED.test(String(error))) throw error;
      return by(STRONG_MECHANISM);
    });
  }

  /** H1. The timer keeps the program running while somebody waits, which sockets do not. */
  async #inTime<T>(work: () => Promise<T>): Promise<T> {
    if (this.#end !== undefined) throw this.#end.reason;
    const { timeoutMs } = this.#server;
    const { promise: givenUp, reject } = withReject();
    this.#rejects.add(reject);
    const tooLate = `${this.#at} gave no answer within ${timeoutMs} ms`;
    const timer = setTimeout(() => reject(new CacheError('timeout', tooLate)), timeoutMs);
    try {
      return await Promise.race([work(), givenUp]);
    } finally {
      clearTimeout(timer);
      this.#rejects.delete(reject);
    }
  }

  get #at(): string {
    return `infinispan at ${this.#node.hostname}:${portOf(this.#node)} (Hot Rod)`;
  }

  #told(thrown: unknown): CacheError {
    if (thrown instanceof CacheError) return thrown;
    const cause = thrown instanceof Error ? thrown : new Error(String(thrown)); // H3
    const reason = reasonOf(cause);
    if (NO_CACHE.test(reason)) return new NoCacheError(`${this.#at}: ${reason}`);
    if (DENIED.test(reason))
      return new NoAccessError(this.#at, this.#server.credentials()?.['username'], cause);
    return new CacheError('unreachable', `${this.#at}: ${reason}`, { cause });
  }
}

/** The package reads certificates from files, and knows of no others: it would trust nobody. */
function trusted(at: string): readonly string[] {
  const file = process.env['NODE_EXTRA_CA_CERTS'];
  if (file !== undefined) return [file];
  throw new CacheError(
    'unsupported',
    `${at} by TLS: the environment variable NODE_EXTRA_CA_CERTS must name a file with the certificates to trust`,
  );
}

/** A URL does not show the port that its scheme has anyway. */
function portOf({ port, protocol }: URL): number {
  return Number(port) || (protocol === 'https:' ? 443 : 80);
}

function withReject(): { readonly promise: Promise<never>; readonly reject: (reason: unknown) => void } {
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<never>((_, refuse) => {
    reject = refuse;
  });
  return { promise, reject };
}
