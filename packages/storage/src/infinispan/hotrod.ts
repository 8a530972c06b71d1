/**
 * One cache by Hot Rod, on the package `infinispan` 0.16, with what that leaves to its users:
 *
 * - H1 It has no timeouts: an operation that is not answered in time is given up, and its client with it.
 * - H2 It does not connect again, and a connection that the server ends is not noticed: while operations wait, small ones
 *   are sent after them, whose failure fails them all; then a new client is made, at the next server.
 * - H3 It throws text instead of errors.
 * - H4 With topology updates a wrong password is an unhandled rejection, and nodes that join fail operations: they are off.
 *   One node is spoken to at a time, and the cluster does the rest.
 * - H5 An account that may not enter is told so by the first operation, not when it connects.
 * - H6 Its sockets outlive it: see `Sockets`.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Sockets } from '@skein/codec/node';
import { NoSuchBucketError, StorageError } from '../errors.ts';
import { DEFAULTS } from '../network/kind.ts';
import { retry } from '../network/retry.ts';
import { loadSdk } from '../network/sdk.ts';
import { endpointsOf, type InfinispanOptions } from './options.ts';

/** What is used of the package's client. Its own types say other things in places. */
export interface HotRodClient {
  get(key: string): Promise<string | undefined>;
  getWithMetadata(
    key: string,
  ): Promise<{ readonly value: string | undefined; readonly version: Buffer } | undefined>;
  put(key: string, value: string): Promise<unknown>;
  putIfAbsent(key: string, value: string): Promise<boolean>;
  replaceWithVersion(key: string, value: string, version: Buffer): Promise<boolean>;
  remove(key: string): Promise<boolean>;
  containsKey(key: string): Promise<boolean>;
  disconnect(): Promise<void>;
}

interface HotRodPackage {
  client(server: { readonly host: string; readonly port: number }, options: object): Promise<HotRodClient>;
}

interface Connected {
  readonly client: HotRodClient;
  readonly sockets: Sockets;
}

const PROBE_MS = 1_000;
/** Of no entry: names of ours are longer. */
const PROBE_KEY = 'p';

const NO_CACHE = /CacheNotFoundException|not found amongst|ISPN006023|Cache .* not found/i;
const DENIED =
  /Invalid credentials|authenticat|ISPN006017|not among the supported|Unauthorized|SecurityException|ISPN000287|lacks/i;

export class HotRodCache {
  readonly #options: InfinispanOptions;
  readonly #cache: string;
  readonly #timeoutMs: number;
  readonly #servers: readonly URL[];
  #current = 0;
  #connecting: Promise<Connected> | undefined;
  #waiting = 0;
  #probing = false;

  constructor(options: InfinispanOptions, cache: string) {
    this.#options = options;
    this.#cache = cache;
    this.#timeoutMs = options.timeoutMs ?? DEFAULTS.timeoutMs;
    this.#servers = endpointsOf(options);
  }

  /** Runs an operation that may be run twice. */
  run<T>(signal: AbortSignal | undefined, operation: (client: HotRodClient) => Promise<T>): Promise<T> {
    const { attempts = DEFAULTS.attempts } = this.#options;
    const retryable = (error: unknown): boolean => error instanceof StorageError && error.retryable;
    return retry(() => this.#once(signal, operation), { attempts, retryable, signal });
  }

  close(): void {
    const connecting = this.#connecting;
    this.#connecting = undefined;
    connecting?.then(end, () => {});
  }

  async #once<T>(
    signal: AbortSignal | undefined,
    operation: (client: HotRodClient) => Promise<T>,
  ): Promise<T> {
    const server = this.#servers[this.#current % this.#servers.length]!;
    this.#connecting ??= this.#connect(server);
    const connecting = this.#connecting;
    this.#waiting++;
    try {
      return await inTime(this.#timeoutMs, signal, async () => {
        const { client } = await connecting;
        void this.#probe(connecting, client);
        return operation(client);
      });
    } catch (thrown) {
      if (signal?.aborted && thrown === signal.reason) throw thrown;
      const error = this.#failure(thrown, server);
      // A refusal comes by a connection that works; what else fails may fail the next ones too.
      if (error.code !== 'no-such-bucket' && this.#connecting === connecting) {
        this.close();
        this.#current++;
      }
      throw error;
    } finally {
      this.#waiting--;
    }
  }

  async #connect(url: URL): Promise<Connected> {
    const { hostname, protocol } = url;
    const { default: module } = await loadSdk<{ readonly default: HotRodPackage }>(
      'infinispan',
      'infinispan',
    );
    const server = { host: hostname.replace(/^\[|\]$/g, ''), port: portOf(url) };
    const { username, password, saslMechanism = 'SCRAM-SHA-256' } = this.#options;
    const { caFile = process.env['NODE_EXTRA_CA_CERTS'] } = this.#options;
    const sockets = new Sockets();
    const connecting = sockets.gather(() =>
      inTime(this.#timeoutMs, undefined, () =>
        module.client(server, {
          cacheName: this.#cache,
          topologyUpdates: false, // H4
          maxRetries: 1,
          ...(username !== undefined && {
            authentication: { enabled: true, saslMechanism, userName: username, password },
          }),
          ...(protocol === 'https:' && {
            ssl: {
              enabled: true,
              sniHostName: server.host,
              trustCerts: caFile === undefined ? [] : [caFile],
            },
          }),
        }),
      ),
    );
    try {
      return { client: await connecting, sockets };
    } catch (error) {
      sockets.close();
      throw error;
    }
  }

  /** H2: a write on a dead connection is what makes the client tell those who wait. */
  async #probe(connecting: Promise<Connected>, client: HotRodClient): Promise<void> {
    if (this.#probing) return;
    this.#probing = true;
    try {
      while (true) {
        await delay(PROBE_MS, undefined, { ref: false });
        if (this.#waiting === 0 || this.#connecting !== connecting) return;
        client.containsKey(PROBE_KEY).catch(() => {});
      }
    } finally {
      this.#probing = false;
    }
  }

  #failure(thrown: unknown, server: URL): StorageError {
    if (thrown instanceof StorageError) return thrown;
    const message = thrown instanceof Error ? thrown.message : String(thrown); // H3
    const cause = thrown instanceof Error ? thrown : new Error(message);
    const bucket = this.#cache;
    const at = `infinispan at ${server.hostname}:${portOf(server)} (Hot Rod)`;
    if (NO_CACHE.test(message)) return new NoSuchBucketError(bucket, { cause });
    if (DENIED.test(message)) {
      const { username } = this.#options;
      const who = username === undefined ? 'no user' : `user ${username}`;
      return new StorageError('bad-config', `${at} refused access with ${who}: ${message}`, {
        bucket,
        cause,
      });
    }
    return new StorageError('io', `${at}: ${message}`, { bucket, cause });
  }
}

/** A URL does not show the port that its scheme has anyway. */
function portOf({ port, protocol }: URL): number {
  return Number(port) || (protocol === 'https:' ? 443 : 80);
}

function end({ client, sockets }: Connected): void {
  // It says that it goes; whether the server hears is not waited for.
  client.disconnect().catch(() => {});
  setImmediate(() => sockets.close());
}

/** H1. The timer keeps the program running while somebody waits, which sockets do not. */
function inTime<T>(timeoutMs: number, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  signal?.throwIfAborted();
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(signal?.reason);
    const timer = setTimeout(
      () => reject(new StorageError('io', `infinispan (Hot Rod) gave no answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
    signal?.addEventListener('abort', onAbort, { once: true });
    work()
      .then(resolve, reject)
      .finally(() => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      });
  });
}
