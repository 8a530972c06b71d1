/** A node within this process: what `connect()` gives with nothing configured. */
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConnectionError } from './errors.ts';
import { processState } from './process-state.ts';
import { listen } from './server/listen.ts';
import { Node } from './server/node.ts';

export interface Embedded {
  /** The socket's path: how workers of this machine reach it. */
  readonly path: string;
  /** Rejects when there can be no socket: for workers there would be nothing to reach. */
  readonly started: Promise<void>;
  close(): Promise<void>;
}

const PREFIX = 'skein-dso-';
/**
 * For so long a session lives on without a connection, milliseconds. A socket of this machine ends with its process, or
 * when that has heard nothing for seconds, and then the next one is there in a moment: networks need more patience.
 */
const RETURN_GRACE_MS = 500;
/** How long a socket's path may be, bytes: what is longer is cut off, and leads to somewhere that others may open. */
const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103;

/**
 * Starts a node that workers of this machine reach, and nobody else: its folder is the user's own. The socket is there
 * at once: handles that name it may be on their way in this very turn.
 *
 * @throws {ConnectionError} when the path of the socket would be too long
 */
export function embed(options: { readonly userCodeTimeLimitMs?: number | undefined }): Embedded {
  void sweep();
  const prefix = join(tmpdir(), `${PREFIX}${process.pid}-`);
  const bytes = Buffer.byteLength(join(`${prefix}XXXXXX`, 'node.sock'));
  if (bytes > MAX_PATH_BYTES)
    throw new ConnectionError(
      'not-connected',
      `no socket can be in ${tmpdir()}: its path would have ${bytes} bytes, and may have ${MAX_PATH_BYTES}; set TMPDIR to a shorter one`,
    );
  const folder = mkdtempSync(prefix);
  const path = join(folder, 'node.sock');
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.on('exit', remove);
  const { userCodeTimeLimitMs } = options;
  const node = new Node({
    address: path,
    allowUserCode: true,
    returnGraceMs: RETURN_GRACE_MS,
    ...(userCodeTimeLimitMs === undefined ? {} : { userCodeTimeLimitMs }),
  });
  // `exclusive`: in a worker of node:cluster, its primary would make the socket, later.
  const listening = listen(node, { path, exclusive: true });
  // It serves; what uses it keeps the process running.
  const started = listening.then((server) => server.hold(false));
  // Who uses it is told.
  started.catch(() => {});
  processState().embedded.set(path, node);
  return {
    path,
    started,
    async close() {
      processState().embedded.delete(path);
      await node.close();
      const server = await listening.catch(() => undefined);
      server?.destroy();
      await server?.close();
      remove();
      process.off('exit', remove);
    },
  };
}

/** A folder without a socket may be another's who is about to listen there, for so long, milliseconds. */
const EMPTY_MS = 60_000;

/** Removes what processes have left that were killed. */
async function sweep(): Promise<void> {
  const names = await readdir(tmpdir()).catch((): string[] => []);
  for (const name of names) {
    const pid = Number(new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]);
    const folder = join(tmpdir(), name);
    if (!(pid > 0) || isAlive(pid) || !(await isLeft(folder))) continue;
    // It may be another user's.
    await rm(folder, { recursive: true, force: true }).catch(() => {});
  }
}

/** Whether nobody listens in a folder: its process may live where this one cannot see it, as in another container. */
async function isLeft(folder: string): Promise<boolean> {
  const code = await new Promise<string | undefined>((resolve) => {
    const socket = connect({ path: join(folder, 'node.sock') });
    const said = (error?: NodeJS.ErrnoException): void => {
      socket.destroy();
      resolve(error?.code);
    };
    socket.unref().on('connect', said).on('error', said);
  });
  if (code !== 'ENOENT') return code === 'ECONNREFUSED';
  const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
  return Date.now() - mtimeMs > EMPTY_MS;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
