/** Removes what the machine's tier keeps of namespaces that nobody uses. */
import { lstatSync, readdirSync, rmSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { badArgument } from '../errors.ts';
import { ifThere, ownerOf } from './files.ts';
import { defaultDirectory } from './folder.ts';
import { isAlive } from './process-identity.ts';

export interface CleanCachesOptions {
  /** As in {@link NodeOptions}. */
  readonly directory?: string;
  /** What was used within this time stays, milliseconds. @default a day */
  readonly olderThanMs?: number;
  /** Tells what would be removed, and removes nothing. @default false */
  readonly dryRun?: boolean;
}

/** What a namespace keeps on this machine. */
export interface MachineCache {
  /** Its name begins with that of the namespace, as far as files can have it. */
  readonly folder: string;
  readonly entries: number;
  readonly bytes: number;
}

export interface CleanedCaches {
  readonly removed: readonly MachineCache[];
  /** `used`: a process that lives has it open; `recent`: it was used within `olderThanMs`. */
  readonly kept: readonly (MachineCache & { readonly reason: 'used' | 'recent' })[];
}

const DAY_MS = 86_400_000;

/**
 * Whether those who use a namespace live is not seen of processes in other containers: what they have used lately is `recent`. A process
 * that uses one that was removed all the same begins it anew, and takes all that it has copies of for invalid.
 */
export async function cleanCaches(options: CleanCachesOptions = {}): Promise<CleanedCaches> {
  const { directory = defaultDirectory(), olderThanMs = DAY_MS, dryRun = false } = options;
  if (!(typeof olderThanMs === 'number' && olderThanMs >= 0))
    throw badArgument('olderThanMs', 'milliseconds, 0 or more', olderThanMs);
  const removed: MachineCache[] = [];
  const kept: CleanedCaches['kept'][number][] = [];
  for (const folder of foldersIn(directory)) {
    const entries = filesIn(join(folder, 'entries'));
    const cache = {
      folder,
      entries: entries.length,
      bytes: entries.reduce((sum, { size }) => sum + size, 0),
    };
    const reason = hasUsers(folder)
      ? 'used'
      : lastUse(folder, entries) > Date.now() - olderThanMs
        ? 'recent'
        : undefined;
    if (reason !== undefined) kept.push({ ...cache, reason });
    else {
      if (!dryRun) rmSync(folder, { recursive: true, force: true });
      removed.push(cache);
    }
  }
  return { removed, kept };
}

/** Of namespaces, in a directory that is this user's. */
function foldersIn(directory: string): string[] {
  const stats = ifThere(() => lstatSync(directory));
  const own = process.getuid?.();
  if (!stats?.isDirectory() || (own !== undefined && stats.uid !== own)) return [];
  const names = readdirSync(directory).filter((name) => /-[0-9a-f]{16}$/.test(name));
  return names
    .map((name) => join(directory, name))
    .filter((path) => ifThere(() => lstatSync(path))?.isDirectory());
}

function hasUsers(folder: string): boolean {
  const users = ifThere(() => readdirSync(join(folder, 'users'))) ?? [];
  return users.some((name) => {
    const owner = ownerOf(name);
    return owner !== undefined && isAlive(owner) === true;
  });
}

/** An entry is touched when it is read, the log when anything is said, and a user's file when it begins. */
function lastUse(folder: string, entries: readonly Stats[]): number {
  const others = [...filesIn(folder), ...filesIn(join(folder, 'users'))];
  return Math.max(0, ...[...entries, ...others].map(({ ctimeMs }) => ctimeMs));
}

function filesIn(folder: string): Stats[] {
  const names = ifThere(() => readdirSync(folder)) ?? [];
  return names.flatMap((name) => {
    const stats = ifThere(() => statSync(join(folder, name)));
    return stats?.isFile() ? [stats] : [];
  });
}
