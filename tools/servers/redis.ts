/** A real Redis for tests and benchmarks: the one on the PATH, or Debian's, unpacked into `.cache/servers`. */
import { connect } from 'node:net';
import { join } from 'node:path';
import { environmentOf, unpackDebian } from './debian.ts';
import { freePort } from './free-port.ts';
import { findProgram, NoServerError, type Program, programAt, type Recipe, servers } from './program.ts';
import { type Server, startServer } from './server.ts';

export interface Redis extends Server {
  /** Of its Unix socket. */
  readonly path: string;
  /** On 127.0.0.1. */
  readonly port: number;
}

export class NoRedisError extends NoServerError {
  override readonly name = 'NoRedisError';
}

const version = /\bv=([\d.]+)/;
const folder: string = join(servers, 'redis');

const recipe: Recipe = {
  name: 'redis-server',
  advice: 'install it (Debian: apt-get install redis-server)',
  folder,
  Missing: NoRedisError,
  find: async () =>
    (await programAt('redis-server', { version })) ??
    (await programAt(join(folder, 'usr/bin/redis-server'), { env: await environmentOf(folder), version })),
  install: () => unpackDebian(['redis-server', 'redis-tools'], folder),
};

/** Finds Redis, or fetches Debian's if that is asked for: {@link findProgram}. */
export function findRedis(options: { readonly install: boolean }): Promise<Program> {
  return findProgram(recipe, options);
}

export interface RedisOptions {
  /** It answers when what was written is on the disk besides. @default false */
  readonly onDisk?: boolean;
  /** Port of the one on 127.0.0.1 that it is a replica of. @default it is none */
  readonly replicaOf?: number;
}

/** Starts it with nothing in it, on loopback only; it keeps all in memory. */
export function startRedis(
  { command, args, env }: Program,
  { onDisk = false, replicaOf }: RedisOptions = {},
): Promise<Redis> {
  return startServer('redis-server', async (home) => {
    const path = join(home, 'redis.sock');
    const port = await freePort();
    const settings = {
      bind: '127.0.0.1',
      port: String(port),
      unixsocket: path,
      unixsocketperm: '700',
      dir: home,
      save: '',
      appendonly: onDisk ? 'yes' : 'no',
      appendfsync: 'always',
      daemonize: 'no',
      // Else a replica waits for others that might come.
      'repl-diskless-sync-delay': '0',
    };
    const options = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    if (replicaOf !== undefined) options.push('--replicaof', '127.0.0.1', String(replicaOf));
    return {
      facts: { path, port },
      commands: [{ command, args: [...args, ...options], env }],
      ready: () => answersPing(path),
    };
  });
}

/** One that is still loading does not. */
function answersPing(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('error', () => resolve(false));
    socket.once('data', (answer) => {
      socket.destroy();
      resolve(answer.toString().startsWith('+PONG'));
    });
    socket.write('PING\r\n');
  });
}
