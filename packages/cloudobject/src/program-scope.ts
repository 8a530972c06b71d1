/**
 * What a program makes outside of calls is its own until it ends. It is marked and found as the data of an executor is, so
 * that `skein clean` removes what a program that was killed has left.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { CREDENTIALS_VARIABLE, credentialsForWorkers, encode } from '@skein/codec';
import type { Storage } from '@skein/storage';
import { processState } from './process-state.ts';
import { storageId } from './storage-id.ts';
import { keepMarked, markerKey } from './temporary/marker.ts';
import { removeTree } from './temporary/remove-tree.ts';

/** @returns the prefix of the program's keys in this storage, made when it is first asked for; it ends with `within` */
export async function programScope(storage: Storage, within: string): Promise<string> {
  const prefix = `jobs/${processState().programId}`;
  const { programScopes } = processState();
  const id = `${storageId(storage)} ${storage.bucket}`;
  let opening = programScopes.get(id);
  if (opening === undefined) {
    const forget = (): void => void programScopes.delete(id);
    opening = open(storage, prefix, forget);
    programScopes.set(id, opening);
    // Whoever asks next may find the storage there again.
    opening.catch(forget);
  }
  await opening;
  return `${prefix}/${within}`;
}

/** @param ended is called when it is about to be removed: whoever makes something then begins anew */
async function open(storage: Storage, prefix: string, ended: () => void): Promise<void> {
  const { bucket } = storage;
  await storage.createBucket(bucket);
  if (storage.reach === 'process') return; // it ends with the program
  const stop = await keepMarked(storage, bucket, prefix, () => {}); // a renewal that is missed is made up by the next
  const atExit = (): void => cleanElsewhere(storage, bucket, prefix);
  const atLeisure = (): void => {
    process.off('beforeExit', atLeisure);
    ended();
    void (async () => {
      await stop();
      await removeTree(storage, bucket, `${prefix}/`, { last: markerKey(prefix) });
      process.off('exit', atExit);
    })().catch(() => {}); // what is left goes at the exit
  };
  process.on('beforeExit', atLeisure);
  process.on('exit', atExit);
}

/** A process that exits can wait for nothing: another one does it. */
function cleanElsewhere(storage: Storage, bucket: string, prefix: string): void {
  const [, extension] = /\/program-scope\.([tj]s)$/.exec(import.meta.url) ?? [];
  // Bundled into a file of the user's, this code has no program beside it; a thread's exit is not that of the program.
  if (extension === undefined || !isMainThread || storage.config === undefined) return;
  const handle = Buffer.from(encode(storage, { reach: 'host', root: 'storage' }).toBytes());
  const program = fileURLToPath(new URL(`./temporary/cleaner.${extension}`, import.meta.url));
  const cleaner = spawn(
    process.execPath,
    [...process.execArgv, program, handle.toString('base64'), bucket, prefix],
    {
      detached: true,
      stdio: 'ignore',
      // What the storage was given in code is in nobody's configuration.
      env: { ...process.env, [CREDENTIALS_VARIABLE]: credentialsForWorkers() },
    },
  );
  cleaner.on('error', () => {}); // what is left is found by its marker
  cleaner.unref();
}
