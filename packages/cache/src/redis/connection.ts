/** The way to a Redis: one connection for commands, made by the first of them, and others for who listens. */
import type { Credentials } from '@skein/codec';
import type { RedisOptions as ClientOptions, Redis } from 'ioredis';
import { CacheError } from '../errors.ts';
import { loadPackage } from '../optional-package.ts';
import { SCRIPTS, type ScriptName } from './scripts.ts';

export interface RedisServer {
  /** A URL without user info. */
  readonly address: string;
  readonly timeoutMs: number;
  /** Undefined: those of the environment. */
  credentials(): Credentials | undefined;
}

export type Argument = string | number | Buffer;
/** An array of a reply has holes where Redis says nil. */
export type Reply = Buffer | number | null | readonly Reply[];

type Client = Redis & Record<`skein_${ScriptName}Buffer`, (...args: Argument[]) => Promise<Reply>>;

/** What was refused will be refused again; all else may be the connection, and is tried once more on a new one. */
const ATTEMPTS = 2;

export class RedisConnection {
  readonly #server: RedisServer;
  #opening: Promise<Client> | undefined;
  #lastFailure: unknown;
  #isClosed = false;
  /** Commands that wait for their answers: who comes alone is sent at once. */
  #underWay = 0;

  constructor(server: RedisServer) {
    this.#server = server;
  }

  /** Runs a script. @throws {CacheError} `unreachable`, `timeout` */
  run(name: ScriptName, keys: readonly string[], ...args: Argument[]): Promise<Reply> {
    return this.#attempt((client) => client[`skein_${name}Buffer`](...keys, ...args));
  }

  /** Of two keys, at one moment. */
  values(first: string, second: string): Promise<readonly (Buffer | null)[]> {
    return this.#attempt((client) => client.mgetBuffer(first, second));
  }

  /** A field of a hash. */
  field(key: string, field: number): Promise<Buffer | null> {
    return this.#attempt((client) => client.hgetBuffer(key, String(field)));
  }

  /** Keys by a pattern, some at a time; those that come and go meanwhile may be among them. */
  async *scan(pattern: string): AsyncGenerator<readonly string[]> {
    let cursor = '0';
    do {
      const at = cursor;
      const [next, keys] = await this.#attempt((client) => client.scan(at, 'MATCH', pattern, 'COUNT', 1_000));
      cursor = next;
      yield keys;
    } while (cursor !== '0');
  }

  async unlink(key: string): Promise<void> {
    await this.#attempt((client) => client.unlink(key));
  }

  /** One more connection, which is there; whoever asked for it ends it. */
  async another(): Promise<Redis> {
    const client = await this.#newClient();
    try {
      await client.connect();
      return client;
    } catch (error) {
      end(client);
      throw this.#told(error);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const client = await this.#opening?.catch(() => undefined);
    if (client !== undefined) end(client);
  }

  async #attempt<T>(command: (client: Client) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const client = await this.#client();
      if (this.#underWay++ > 0) gather(client);
      try {
        return await command(client);
      } catch (error) {
        // It may be half open, and never answer again.
        if (isTimeout(error)) end(client);
        if (attempt === ATTEMPTS || this.#isClosed || !isBroken(error)) throw this.#told(error);
      } finally {
        this.#underWay--;
      }
    }
  }

  async #client(): Promise<Client> {
    if (this.#isClosed) throw new CacheError('closed', 'the cache was closed');
    this.#opening ??= this.#newClient();
    const opening = this.#opening;
    try {
      const client = await opening;
      if (client.status !== 'end') return client;
    } catch (error) {
      if (this.#opening === opening) this.#opening = undefined;
      throw error;
    }
    // The first who finds that it has ended opens one for all.
    if (this.#opening === opening) this.#opening = undefined;
    return this.#client();
  }

  /** It connects by its first command, and never again by itself: nobody may be waiting for it. */
  async #newClient(): Promise<Client> {
    const ioredis = await loadPackage<typeof import('ioredis')>('ioredis', 'the redis tier');
    const { timeoutMs } = this.#server;
    const { username, password = process.env['REDISCLI_AUTH'] } = this.#server.credentials() ?? {};
    const client = new ioredis.Redis({
      ...placeOf(new URL(this.#server.address)),
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      lazyConnect: true,
      connectTimeout: timeoutMs,
      // Its timer also keeps the program running while somebody waits, which the socket does not.
      commandTimeout: timeoutMs,
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
      enableReadyCheck: false, // a server that is loading refuses commands, and is done without
      autoResubscribe: false,
      scripts: SCRIPTS,
    }) as Client;
    client.on('error', (error: unknown) => {
      this.#lastFailure = error;
    });
    client.on('connect', () => client.stream?.unref());
    return client;
  }

  #told(thrown: unknown): unknown {
    if (thrown instanceof CacheError || !(thrown instanceof Error)) return thrown;
    const cause = withoutCommand(
      isGivenUp(thrown) && this.#lastFailure instanceof Error ? this.#lastFailure : thrown,
    );
    const at = `redis at ${this.#server.address}`;
    if (isTimeout(cause))
      return new CacheError('timeout', `${at} gave no answer within ${this.#server.timeoutMs} ms`, { cause });
    if (/^(?:NOAUTH|WRONGPASS|NOPERM)/.test(cause.message)) {
      const { username = 'default' } = this.#server.credentials() ?? {};
      return new CacheError('unreachable', `${at} refused access to user ${username}: ${cause.message}`, {
        cause,
      });
    }
    return new CacheError('unreachable', `${at}: ${reasonOf(cause)}`, { cause });
  }
}

/** Redis has no memory for it (`maxmemory`), and evicts nothing for it. */
export function isOutOfMemory(error: unknown): boolean {
  return error instanceof CacheError && /\bOOM\b/.test(error.message);
}

function placeOf({
  protocol,
  hostname,
  port,
  pathname,
}: URL): Pick<ClientOptions, 'host' | 'port' | 'path' | 'db' | 'tls'> {
  if (protocol === 'redis+unix:') return { path: decodeURIComponent(pathname) };
  return {
    host: hostname.replace(/^\[|\]$/g, '') || '127.0.0.1',
    port: port === '' ? 6379 : Number(port),
    db: Number(pathname.slice(1)),
    ...(protocol === 'rediss:' && { tls: {} }),
  };
}

/** At once: a server that is frozen would not answer a farewell. */
export function end(client: Redis): void {
  client.disconnect();
  client.stream?.destroy();
}

/** What is sent in one turn leaves by one system call, which is most of what a small command costs here. */
function gather({ stream }: Client): void {
  if (stream === undefined || stream.writableCorked > 0) return;
  stream.cork();
  process.nextTick(() => stream.uncork());
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === 'Command timed out';
}

/** The connection has failed, rather than that the server has refused, or is silent. */
function isBroken(error: unknown): boolean {
  return error instanceof Error && error.name !== 'ReplyError' && !isTimeout(error);
}

/** What ioredis says of commands that it has given up: not why. */
function isGivenUp({ message }: Error): boolean {
  return /max retries per request|Connection is closed/i.test(message);
}

/** The client adds the command to what the server says: with its arguments, such as the password, or a body of megabytes. */
function withoutCommand(error: Error): Error {
  if ('command' in error) delete error.command;
  return error;
}

/** Node's error for several addresses of one name has no words of its own. */
function reasonOf({ message, code }: Error & { readonly code?: unknown }): string {
  return message === '' ? String(code) : message;
}
