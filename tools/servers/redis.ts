/** A real Redis for tests and benchmarks: the one on the PATH, or Debian's, unpacked into `.cache/servers`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { root, run } from '../lib/command.mjs';
import { environmentOf, unpackDebian } from './debian.ts';
import { freePort } from './free-port.ts';

/** A `redis-server` that runs here. */
export interface RedisProgram {
  readonly command: string;
  readonly env: NodeJS.ProcessEnv;
  /** Such as `7.0.15`. */
  readonly version: string;
}

export interface Redis {
  /** Of its Unix socket. */
  readonly path: string;
  /** On 127.0.0.1. */
  readonly port: number;
  stop(): Promise<void>;
}

const unpacked = `${root}.cache/servers/redis`;
const READY_MS = 10_000;
const ADVICE = 'install it (Debian: apt-get install redis-server)';

/** There is no Redis here. Outside CI whatever needs one is left out, with this message. */
export class NoRedisError extends Error {
  override readonly name = 'NoRedisError';
}

/**
 * Finds Redis.
 *
 * @param options.install whether Debian's is fetched when there is none
 * @throws {NoRedisError} there is none, and how to get one
 */
export async function findRedis({ install }: { readonly install: boolean }): Promise<RedisProgram> {
  const found = (await programAt('redis-server', process.env)) ?? (await unpackedProgram());
  if (found !== undefined) return found;
  if (!install) throw new NoRedisError(`redis-server is not installed: ${ADVICE}`);
  try {
    await unpackDebian(['redis-server', 'redis-tools'], unpacked);
  } catch (cause) {
    throw new NoRedisError(`there is no redis-server, and Debian's could not be fetched: ${ADVICE}`, {
      cause,
    });
  }
  const ours = await unpackedProgram();
  if (ours === undefined)
    throw new NoRedisError(`the redis-server in ${unpacked} does not run: delete that folder`);
  return ours;
}

/** Starts it with nothing in it, on loopback only; what it holds is gone with it. */
export async function startRedis({ command, env }: Pick<RedisProgram, 'command' | 'env'>): Promise<Redis> {
  const folder = await mkdtemp(join(tmpdir(), 'skein-redis-'));
  const path = join(folder, 'redis.sock');
  const port = await freePort();
  const settings = {
    bind: '127.0.0.1',
    port: String(port),
    unixsocket: path,
    unixsocketperm: '700',
    dir: folder,
    save: '',
    appendonly: 'no',
    daemonize: 'no',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const server = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const output of [server.stdout, server.stderr]) {
    output.on('data', (text) => {
      // What it says once it runs is of no interest, and must not grow for ever.
      said = `${said}${text}`.slice(-10_000);
    });
  }
  const gone = new Promise<void>((resolve) => {
    server.once('error', () => resolve());
    server.once('close', () => resolve());
  });
  const kill = (): void => {
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  process.on('exit', kill);
  const stop = async (): Promise<void> => {
    process.off('exit', kill);
    server.kill();
    await gone;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(path, server);
  } catch (cause) {
    await stop();
    throw new Error(`redis-server did not start\n${said.trim()}`, { cause });
  }
  return { path, port, stop };
}

async function programAt(command: string, env: NodeJS.ProcessEnv): Promise<RedisProgram | undefined> {
  try {
    const { stdout } = await run(command, ['--version'], { env });
    const version = /\bv=([\d.]+)/.exec(stdout)?.[1];
    return version === undefined ? undefined : { command, env, version };
  } catch {
    return undefined;
  }
}

async function unpackedProgram(): Promise<RedisProgram | undefined> {
  return programAt(join(unpacked, 'usr/bin/redis-server'), await environmentOf(unpacked));
}

/** It answers a ping; one that is still loading does not. */
async function untilReady(path: string, server: ChildProcess): Promise<void> {
  const end = Date.now() + READY_MS;
  while (!(await answersPing(path))) {
    if (server.exitCode !== null || server.signalCode !== null || server.pid === undefined)
      throw new Error('it has ended');
    if (Date.now() > end) throw new Error(`it gave no answer within ${READY_MS} ms`);
    // There is no event to wait for: it says that it is ready in words that change with its version.
    await delay(20);
  }
}

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
