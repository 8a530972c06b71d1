/** The section `redis` of a cache's options. */
import { ConfigError, number, size, text, type ValueField, type Values } from '@skein/config';
import { type NetworkTier, networkTier } from '../network-tier.ts';
import type { OpenTier } from '../tier.ts';
import { RedisTier } from './redis-tier.ts';

export interface RedisOptions {
  /**
   * Such as 'redis://user:password@host:6379/0'; 'rediss:' for TLS, 'redis+unix:///path' for a socket.
   *
   * @default the variable REDIS_URL, else 'redis://127.0.0.1:6379'
   */
  readonly url?: string | undefined;
  /** @default that of the address */
  readonly username?: string | undefined;
  /** Never leaves the process in a handle. @default that of the address, else the variable REDISCLI_AUTH, as of redis-cli */
  readonly password?: string | undefined;
  /** What all keys begin with, so that others may use the same database. @default 'skein-cache' */
  readonly prefix?: string | undefined;
  /** Of one entry: a larger one is not kept. A number, or text such as '64MiB'. @default 512 MiB */
  readonly maxEntryBytes?: number | string | undefined;
  /** For so long at most what is kept nearer is served when the server is not heard any more, milliseconds. @default 2_000 */
  readonly blindMs?: number | undefined;
  /** For an answer, or a connection, milliseconds. @default 2_000 */
  readonly timeoutMs?: number | undefined;
  /** In a handle: under which name the process that made it knows the credentials. */
  readonly account?: string | undefined;
}

type Text = ValueField<string>;
type Count = ValueField<number>;

export const redisSchema: {
  readonly url: Text;
  readonly username: Text;
  readonly password: Text;
  readonly prefix: Text;
  readonly maxEntryBytes: Count;
  readonly blindMs: Count;
  readonly timeoutMs: Count;
  readonly account: Text;
} = {
  url: text({ secret: true }),
  username: text({ secret: true }),
  password: text({ secret: true }),
  prefix: text(),
  maxEntryBytes: size(),
  blindMs: number({ min: 100 }),
  timeoutMs: number({ min: 1 }),
  account: text(),
};

/** Checked, with defaults; its `state` travels. */
export interface ResolvedRedis extends NetworkTier {
  readonly prefix: string;
  readonly maxEntryBytes: number;
  readonly blindMs: number;
  readonly timeoutMs: number;
}

const SCHEMES = ['redis:', 'rediss:', 'redis+unix:'];

/** @throws {ConfigError} for what is wrong; what came is not quoted, as it may hold a password */
export function resolveRedis(options: Values<typeof redisSchema> = {}): ResolvedRedis {
  const {
    prefix = 'skein-cache',
    maxEntryBytes = 512 * 2 ** 20,
    blindMs = 2_000,
    timeoutMs = 2_000,
  } = options;
  if (!/^[\w.:/-]{1,64}$/.test(prefix))
    throw wrong('prefix', "must be 1 to 64 letters, digits or characters of '_.:/-'");
  const url = parse(options.url ?? process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379');
  return { ...networkTier('redis', url, options), prefix, maxEntryBytes, blindMs, timeoutMs };
}

export function openRedis(options: ResolvedRedis): OpenTier {
  return (context) => new RedisTier(options, context);
}

function parse(written: string): URL {
  let url: URL | undefined;
  try {
    url = new URL(written);
  } catch {
    // Told below, without the text.
  }
  const path = url?.pathname ?? '';
  if (url === undefined || !SCHEMES.includes(url.protocol) || url.search !== '' || url.hash !== '')
    throw wrong('url', "must look like 'redis://host:6379/0', with 'rediss:' or 'redis+unix:' for others");
  if (url.protocol === 'redis+unix:' ? path.length < 2 || url.host !== '' : !/^\/?\d{0,9}$/.test(path))
    throw wrong('url', 'must have the number of a database as its path, or that of a socket');
  return url;
}

function wrong(option: string, message: string): ConfigError {
  return new ConfigError([{ kind: 'wrong-value', path: `redis.${option}`, source: 'a cache', message }]);
}
