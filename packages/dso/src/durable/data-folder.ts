/** What a data directory says of itself, beside its log: whose it is, and how the last server ended that used it. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from './errors.ts';
import type { LogEnd } from './journal.ts';
import { syncFolderNow } from './sync-folder.ts';

export interface DataIdentity {
  readonly format: 1;
  /** Names this data, for good. */
  readonly data: string;
  /** The cluster to which it belongs, as etcd calls it; the list of all its servers, `static:…`; 'none': to one server alone. */
  readonly cluster: string;
  /** How the others call the server; of a server without others empty. */
  readonly address: string;
  /**
   * Names the time since which nothing acknowledged has been lost: a client that has used an object under another one is told
   * that it was lost (D5). In a cluster it is the life of the member.
   */
  readonly life: string;
  /** Of the last server. */
  readonly run: {
    /** Whether what it acknowledged was on the disk. */
    readonly synced: boolean;
    /** Which start of the machine it was; empty: unknown. What was written in another one, and not synced, may be lost. */
    readonly boot: string;
    /** It ended in peace, and its log there. */
    readonly end?: LogEnd | undefined;
  };
}

const NAME = 'data.json';

/** `undefined`: the directory is new. @throws {DataError} */
export function readIdentity(folder: string): DataIdentity | undefined {
  const path = join(folder, NAME);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new DataError('unusable', `${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  try {
    const identity = JSON.parse(text) as DataIdentity;
    if (identity.format === 1) return identity;
  } catch {
    throw new DataError('damaged', `${path} is not as it was written: it is no JSON`);
  }
  throw new DataError('unusable', `${path} is of another version of the server`);
}

/** Replaces it: whatever happens meanwhile, one of both is there. */
export function writeIdentity(folder: string, identity: DataIdentity): void {
  const unfinished = join(folder, `${NAME}.part`);
  const file = openSync(unfinished, 'w', 0o600);
  try {
    writeSync(file, JSON.stringify(identity));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(unfinished, join(folder, NAME));
  syncFolderNow(folder);
}
