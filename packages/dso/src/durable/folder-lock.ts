/**
 * One process at a time has a folder. The lock is a Unix socket in it: whether its holder lives is asked of the kernel, so a
 * process that was killed holds nothing, and none is ever taken for another that has got its number.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, linkSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DataError } from './errors.ts';

const NAME = 'lock.sock';
/** How long whoever saw the lock of a dead process may take to remove it, and find out that it was another's, milliseconds. */
const SETTLE_MS = 50;
const ATTEMPTS = 5;

/** @returns gives the folder back. @throws {DataError} `in-use`: another process has it */
export async function lockFolder(folder: string): Promise<() => void> {
  // Paths of sockets are short; one through a descriptor is, wherever the folder is.
  const descriptor = process.platform === 'linux' ? openSync(folder, 'r') : undefined;
  const reach = descriptor === undefined ? folder : `/proc/self/fd/${descriptor}`;
  const lock = join(folder, NAME);
  const made = uniqueName('new');
  let server: Server | undefined;
  let own: FileId | undefined;
  const release = (): void => {
    // By its file: the name may be another's by now.
    if (own !== undefined && isSame(own, idOf(lock))) rmSync(lock, { force: true });
    rmSync(join(folder, made), { force: true });
    server?.close();
    if (descriptor !== undefined) closeSync(descriptor);
  };
  try {
    server = await listen(join(reach, made));
    const id = idOf(join(folder, made));
    own = id;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (await take(folder, reach, made)) {
        await delay(SETTLE_MS);
        if (id !== undefined && isSame(id, idOf(lock))) {
          rmSync(join(folder, made), { force: true });
          return release;
        }
      }
    }
    throw inUse(folder);
  } catch (error) {
    release();
    if (error instanceof DataError) throw error;
    throw new DataError('unusable', `${folder} cannot be locked: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Gives its name to the socket that was made, unless another process has it. */
async function take(folder: string, reach: string, made: string): Promise<boolean> {
  try {
    linkSync(join(folder, made), join(folder, NAME));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  if (await isHeld(join(reach, NAME))) throw inUse(folder);
  await removeStale(folder, reach);
  return false;
}

function inUse(folder: string): DataError {
  return new DataError(
    'in-use',
    `${folder} is in use by another process: a data directory belongs to one server`,
  );
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen(path, () => resolve(server.unref()));
  });
}

function isHeld(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false);
      else reject(error);
    });
  });
}

/** Another may have taken its place since it was looked at: then that one gets it back. */
async function removeStale(folder: string, reach: string): Promise<void> {
  const name = uniqueName('old');
  try {
    renameSync(join(folder, NAME), join(folder, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    if (await isHeld(join(reach, name))) linkSync(join(folder, name), join(folder, NAME));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(join(folder, name), { force: true });
  }
}

function uniqueName(what: string): string {
  return `lock-${what}-${randomBytes(6).toString('hex')}.sock`;
}

interface FileId {
  readonly dev: number;
  readonly ino: number;
}

function idOf(path: string): FileId | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

function isSame(one: FileId, other: FileId | undefined): boolean {
  return one.ino === other?.ino && one.dev === other.dev;
}
