import type { RedisOptions as ClientOptions, Cluster, Redis } from 'ioredis';
import { DEFAULTS } from '../network/kind.ts';
import { loadSdk } from '../network/sdk.ts';
import { type RedisPlace, redisError } from './errors.ts';
import { parseHost, type RedisOptions, redisKind } from './options.ts';
import { SCRIPTS } from './scripts.ts';

type Argument = string | number | Uint8Array;
/** An array of a reply has holes where Redis says nil. */
export type Reply = Buffer | number | null | readonly Reply[];

/** What the store calls: commands of Redis and our scripts, with replies as bytes. */
export interface RedisCommands {
  hmgetBuffer(key: string, ...fields: string[]): Promise<(Buffer | null)[]>;
  hgetBuffer(key: string, field: string): Promise<Buffer | null>;
  exists(key: string): Promise<number>;
  set(key: string, value: string, condition: 'NX'): Promise<unknown>;
}

type Scripted = Record<`${keyof typeof SCRIPTS}Buffer`, (...args: Argument[]) => Promise<Reply>>;
type Client = (Redis | Cluster) & RedisCommands & Scripted;

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/**
 * One connection (of a cluster: one a node), made by the first command. All commands share it, as many at a time as come:
 * Redis answers in order. A broken one is made again, and what has no answer yet is sent again.
 */
export class RedisConnection {
  readonly #options: RedisOptions;
  readonly #place: RedisPlace;
  #opening: Promise<Client> | undefined;
  #lastFailure: unknown;
  #waiting = 0;

  constructor(options: RedisOptions) {
    const password = options.password ?? process.env['REDISCLI_AUTH'];
    this.#options = { ...options, password };
    const { username } = options;
    this.#place = { address: redisKind.address(options), username, hasPassword: password !== undefined };
  }

  /** Runs one command or script. Ends with the signal at once, whatever becomes of the command. */
  async run<T>(
    where: { readonly bucket?: string; readonly key?: string },
    signal: AbortSignal | undefined,
    command: (client: RedisCommands & Scripted) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    this.#waiting++;
    try {
      const result = this.#client().then(command);
      return await (signal ? orAborted(result, signal) : result);
    } catch (error) {
      if (signal?.aborted && error === signal.reason) throw error;
      throw redisError(error, this.#lastFailure, this.#place, where);
    } finally {
      this.#waiting--;
    }
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    (await opening?.catch(() => undefined))?.disconnect();
  }

  async #client(): Promise<Client> {
    this.#opening ??= this.#open();
    const opening = this.#opening;
    try {
      const client = await opening;
      if (client.status !== 'end') return client;
    } catch (error) {
      if (this.#opening === opening) this.#opening = undefined;
      throw error;
    }
    // While nobody waited, the server went and was not called again. The first who finds that calls for all.
    if (this.#opening === opening) this.#opening = undefined;
    return this.#client();
  }

  async #open(): Promise<Client> {
    const ioredis = await loadSdk<typeof import('ioredis')>('redis', 'ioredis');
    const { attempts = DEFAULTS.attempts, timeoutMs = DEFAULTS.timeoutMs } = this.#options;
    const { hosts, cluster, sentinel, host = '127.0.0.1', port, path, tls, db = 0 } = this.#options;
    const common = {
      ...(this.#options.username !== undefined && { username: this.#options.username }),
      ...(this.#options.password !== undefined && { password: this.#options.password }),
      ...(tls && { tls: {} }),
      lazyConnect: true,
      connectTimeout: timeoutMs,
      // From the call to the answer, whatever happens to connections in between. Its timer also keeps the program
      // running while somebody waits, which the socket does not.
      commandTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      maxRetriesPerRequest: attempts,
      reconnectOnError: (error: Error): 2 | false => (error.message.startsWith('READONLY') ? 2 : false),
    } satisfies ClientOptions;
    const retryStrategy = (times: number): number | null => this.#pause(times);
    const more = (hosts?.split(',') ?? []).map(parseHost);
    const nodes = [{ host, port }, ...more];
    const client = (
      cluster
        ? new ioredis.Cluster(
            nodes.map((node) => ({ host: node.host, port: node.port ?? 6379 })),
            {
              redisOptions: common,
              lazyConnect: true,
              clusterRetryStrategy: retryStrategy,
              scripts: SCRIPTS,
            },
          )
        : new ioredis.Redis({
            ...common,
            retryStrategy,
            db,
            scripts: SCRIPTS,
            ...(path !== undefined && { path }),
            ...(path === undefined && sentinel === undefined && { host, port: port ?? 6379 }),
            ...(sentinel !== undefined && {
              name: sentinel,
              sentinels: nodes.map((node) => ({ host: node.host, port: node.port ?? 26_379 })),
              sentinelRetryStrategy: retryStrategy,
            }),
          })
    ) as Client;
    client.on('error', (error: unknown) => {
      this.#lastFailure = error;
    });
    // A connection that nobody waits for keeps no program running.
    const rest = (one: Redis): void => void one.on('connect', () => one.stream?.unref());
    if (client instanceof ioredis.Cluster) client.on('+node', rest);
    else rest(client as Redis);
    return client;
  }

  /** Full jitter, as in `network/retry.ts`. Nothing is tried again for nobody. */
  #pause(times: number): number | null {
    if (this.#waiting === 0) return null;
    return Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** times);
  }
}

function orAborted<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    result.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
