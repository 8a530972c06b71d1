import { flag, number, type Schema, text } from '@skein/config';
import { type NetworkKind, type NetworkOptions, networkSchema, wrongOption } from '../network/kind.ts';

/** Options of the `redis` driver. Here `partSize` is 1 MiB by default. */
export interface RedisOptions extends NetworkOptions {
  /** @default '127.0.0.1' */
  readonly host?: string | undefined;
  /** @default 6379, of sentinels 26379 */
  readonly port?: number | undefined;
  /** More hosts of a cluster or more sentinels, to be asked when the first does not answer: 'host:port,host:port'. */
  readonly hosts?: string | undefined;
  /** Of a Unix socket, instead of a host. */
  readonly path?: string | undefined;
  /** @default 0 */
  readonly db?: number | undefined;
  readonly username?: string | undefined;
  /** @default the variable REDISCLI_AUTH, as of redis-cli */
  readonly password?: string | undefined;
  /** Speak TLS. @default false */
  readonly tls?: boolean | undefined;
  /** The hosts are those of a Redis Cluster. A bucket lies on one of its nodes. @default false */
  readonly cluster?: boolean | undefined;
  /** The hosts are sentinels, which know where the master of this name is. */
  readonly sentinel?: string | undefined;
  /** What all keys begin with, so that others may use the same database. @default 'skein' */
  readonly prefix?: string | undefined;
  /** How long the chunks of a replaced or deleted large object are kept for who reads it, milliseconds. @default 60000 */
  readonly graceMs?: number | undefined;
}

const schema: Schema = {
  ...networkSchema,
  host: text(),
  port: number({ min: 1, max: 65_535, whole: true }),
  hosts: text(),
  path: text(),
  db: number({ min: 0, whole: true }),
  username: text({ secret: true }),
  password: text({ secret: true }),
  tls: flag(),
  cluster: flag(),
  sentinel: text(),
  prefix: text(),
  graceMs: number({ min: 0 }),
};

export const redisKind: NetworkKind<RedisOptions> = {
  kind: 'redis',
  schemes: ['redis', 'rediss', 'redis+unix'],
  example: 'redis://host:6379/0',
  schema,
  fromUrl: (url) => {
    const { REDIS_URL } = process.env;
    // 'redis:' alone is the server that this program's environment names.
    const named = url.host === '' && url.pathname === '' && url.protocol === 'redis:' && REDIS_URL;
    return named ? optionsOf(new URL(REDIS_URL)) : optionsOf(url);
  },
  check,
  address: ({ host = '127.0.0.1', port, path, tls, sentinel }) => {
    if (path !== undefined) return `redis+unix:${encodeURI(path)}`;
    const bracketed = host.includes(':') ? `[${host}]` : host;
    return `${tls ? 'rediss' : 'redis'}://${bracketed}:${port ?? (sentinel === undefined ? 6379 : 26_379)}`;
  },
  open: async (options) => (await import('../redis.ts')).redisDriver(options),
};

/** As of redis-cli and the client libraries: user info, host, port, and the database as the path. */
function optionsOf(url: URL): Readonly<Record<string, unknown>> {
  const path = decodeURIComponent(url.pathname);
  const db = /^\/(\d+)$/.exec(path)?.[1];
  const place =
    url.protocol === 'redis+unix:'
      ? { path }
      : {
          host: url.hostname.replace(/^\[|\]$/g, '') || undefined,
          port: url.port === '' ? undefined : Number(url.port),
          ...(db !== undefined && { db: Number(db) }),
          ...(db === undefined && path !== '' && path !== '/' && { db: path.slice(1) }),
          ...(url.protocol === 'rediss:' && { tls: true }),
        };
  return {
    ...place,
    ...(url.username !== '' && { username: decodeURIComponent(url.username) }),
    ...(url.password !== '' && { password: decodeURIComponent(url.password) }),
  };
}

function check(options: RedisOptions): void {
  const { host, path, hosts, cluster, sentinel, db, prefix, partSize, password, username } = options;
  if (path !== undefined && (host !== undefined || hosts !== undefined || cluster || sentinel !== undefined))
    throw wrongOption('path', 'names a Unix socket: host, hosts, cluster and sentinel do not go with it');
  if (cluster && sentinel !== undefined) throw wrongOption('sentinel', 'and cluster exclude each other');
  if (cluster && db) throw wrongOption('db', 'must be 0 in a cluster, which has no other');
  if (hosts !== undefined && !cluster && sentinel === undefined)
    throw wrongOption('hosts', 'are those of a cluster or sentinels: cluster or sentinel must be given');
  if (hosts !== undefined) for (const one of hosts.split(',')) parseHost(one);
  if (prefix !== undefined && !/^[\w.:/-]{1,64}$/.test(prefix))
    throw wrongOption('prefix', "must be 1 to 64 letters, digits or characters of '_.:/-'");
  if (username !== undefined && password === undefined && process.env['REDISCLI_AUTH'] === undefined)
    throw wrongOption('password', 'is missing: username and password come together');
  // Redis takes no value above its proto-max-bulk-len, 512 MiB as delivered.
  if (partSize !== undefined && !(partSize >= 1024 && partSize <= 256 * 2 ** 20))
    throw wrongOption('partSize', 'must be from 1 KiB to 256 MiB');
}

/** 'host:port' or 'host'. */
export function parseHost(text: string): { readonly host: string; readonly port: number | undefined } {
  const [, bracketed, plain, port] = /^\s*(?:\[([^\]]+)\]|([^:\s]+))(?::(\d{1,5}))?\s*$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined) throw wrongOption('hosts', "must look like 'host:6379,host:6379'");
  return { host, port: port === undefined ? undefined : Number(port) };
}
