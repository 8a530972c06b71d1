/** A node within this process: what `connect()` gives with nothing configured. */
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processState } from './process-state.ts';
import { listen } from './server/listen.ts';
import { Node } from './server/node.ts';

export interface Embedded {
  /** The socket's path: how workers of this machine reach it. */
  readonly path: string;
  close(): Promise<void>;
}

const PREFIX = 'skein-dso-';

/** Starts a node that workers of this machine reach, and nobody else: its folder is the user's own. */
export async function embed(options: {
  readonly userCodeTimeLimitMs?: number | undefined;
}): Promise<Embedded> {
  void sweep();
  const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const path = join(folder, 'node.sock');
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.on('exit', remove);
  const { userCodeTimeLimitMs } = options;
  const node = new Node({
    address: path,
    allowUserCode: true,
    ...(userCodeTimeLimitMs === undefined ? {} : { userCodeTimeLimitMs }),
  });
  const listening = await listen(node, { path });
  // It serves; what uses it keeps the process running.
  listening.hold(false);
  processState().embedded.set(path, node);
  return {
    path,
    async close() {
      processState().embedded.delete(path);
      await node.close();
      listening.destroy();
      await listening.close();
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
