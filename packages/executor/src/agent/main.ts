/**
 * Entry of the agent, one file for every backend. `--channel`: a process with frames on descriptors 3 (in)
 * and 4 (out). A worker thread: the same frames by messages, or the guard of a process. Else: the payload is JSON
 * on standard input, and outcomes go to storage. `--clean`: removes what an executor has stored. Imported as needed: a
 * guard is not to load what runs calls.
 */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import type { GuardData } from './guard-thread.ts';
import type { LeaseData } from './lease-thread.ts';

async function main(): Promise<void> {
  if (!isMainThread && parentPort !== null) {
    if (has(workerData, 'guard'))
      (await import('./guard-thread.ts')).runGuard(workerData as unknown as GuardData);
    else if (has(workerData, 'lease'))
      (await import('./lease-thread.ts')).runLease(workerData as unknown as LeaseData);
    else {
      const { threadPort } = await import('./thread-port.ts');
      (await import('./run-from-channel.ts')).runFromChannel(threadPort(parentPort));
    }
  } else if (process.argv.includes('--channel')) {
    const { processPort } = await import('./process-port.ts');
    (await import('./run-from-channel.ts')).runFromChannel(processPort());
  } else if (process.argv[2] === '--clean')
    await (await import('../clean/cleaner.ts')).runCleaner(process.argv.slice(3));
  else await (await import('./run-from-storage.ts')).runFromStorage();
}

// Not awaited here: a process that exits while one of its threads evaluates a module that awaits is aborted by V8.
main().catch((error: unknown) =>
  setImmediate(() => {
    throw error;
  }),
);

function has<K extends string>(data: unknown, key: K): data is Record<K, unknown> {
  return typeof data === 'object' && data !== null && key in data;
}
