/** Where records are: in the configured storage, else in one of the user's own that lasts. */
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { Storage } from '@skein/storage';

const PREFIX = 'records/';

export function recordKey(executorId: string, jobId: string): string {
  return `${PREFIX}${executorId}/${jobId}.json`;
}

/** Keys of all records whose id may begin with `id` begin with this. */
export function recordKeys(id: string): string {
  const dash = id.indexOf('-');
  return PREFIX + (dash < 0 ? id : id.slice(0, dash));
}

/** `<executorId>-<jobId>`, by which users name a job; `undefined` for a key that is no record's. */
export function recordId(key: string): string | undefined {
  const [, executorId, jobId] = /^records\/([^/]+)\/([^/]+)\.json$/.exec(key) ?? [];
  return executorId === undefined || jobId === undefined ? undefined : `${executorId}-${jobId}`;
}

/** @param configured the storage that the user has configured, if any */
export function recordStorage(configured: Storage | undefined): Storage {
  return configured ?? new Storage({ kind: 'fs', root: stateDirectory(), private: true });
}

/** By the XDG base directory specification, which has relative paths ignored. */
function stateDirectory(): string {
  const { XDG_STATE_HOME: stateHome = '' } = process.env;
  return join(isAbsolute(stateHome) ? stateHome : join(homedir(), '.local', 'state'), 'skein');
}
