/**
 * Entry of the agent, one file for every backend. `--channel`: a process with frames on descriptors 3 (in)
 * and 4 (out). A worker thread: the same frames by messages. Else: the payload is JSON on standard input, and
 * outcomes go to storage.
 */
import { isMainThread, parentPort } from 'node:worker_threads';
import { processPort } from './process-port.ts';
import { runFromChannel } from './run-from-channel.ts';
import { runFromStorage } from './run-from-storage.ts';
import { threadPort } from './thread-port.ts';

if (!isMainThread && parentPort !== null) runFromChannel(threadPort(parentPort));
else if (process.argv.includes('--channel')) runFromChannel(processPort());
else await runFromStorage();
