/**
 * The guard of an agent that has no channel to its client: it renews a lease in storage while calls run, and leaves
 * the last words of a call that it ends there. The lease is no lock: only this agent writes it, only the client reads.
 */
import { Worker } from 'node:worker_threads';
import type { Storage } from '@skein/storage';
import type { Lease } from '../wire/messages.ts';
import { type AgentPayload, keys } from '../wire/payload.ts';
import { complain } from './diagnose.ts';
import { guard } from './guard.ts';
import { openStorage } from './open-storage.ts';
import { Pulse } from './pulse.ts';

/** Between two renewals, milliseconds: each is a write that may cost money. */
const RENEW_MS = 1_000;
/** How long the last words may take to be stored. */
const LAST_WORDS_MS = 5_000;

export interface LeaseData {
  readonly lease: { readonly pulse: SharedArrayBuffer; readonly payload: AgentPayload };
}

export function startLeaseThread(pulse: Pulse, payload: AgentPayload): void {
  const { work: _work, ...rest } = payload;
  const workerData: LeaseData = { lease: { pulse: pulse.buffer, payload: rest } };
  const thread = new Worker(new URL(import.meta.url), { workerData, execArgv: [] });
  thread.unref();
  thread.on('error', (error) => complain('skein: the lease of this worker is not renewed:', error));
}

/** The lease thread's own program. */
export function runLease({ lease: { pulse: buffer, payload } }: LeaseData): void {
  const pulse = new Pulse(buffer);
  let storage: Storage | undefined;
  let count = 0;
  let writing = Promise.resolve();
  const write = (lease: Lease): Promise<void> => {
    storage ??= openStorage(payload.storage);
    const { bucket, prefix, workerId } = payload;
    const put = storage.putObject(bucket, keys.lease(prefix, workerId), JSON.stringify(lease));
    // A renewal that fails is followed by another; a lease that runs out says the rest.
    writing = put.then(
      () => {},
      () => {},
    );
    return writing;
  };
  let ending = false;
  guard(pulse, {
    ownThread: true,
    beatMs: RENEW_MS,
    nearLimit: Number.POSITIVE_INFINITY,
    memory: () => process.memoryUsage.rss(),
    beat: (memory, call) => {
      const running = call && { job: call.job, index: call.index };
      if (!ending) void writing.then(() => write({ count: ++count, memory, running }));
    },
    overrun: (call, why, memory) => {
      if (ending) return;
      ending = true;
      const leaving = {
        exitCode: null,
        running: { job: call.job, index: call.index },
        overrun: { why, memory },
      };
      const late = new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS));
      const said = writing.then(() => write({ count: ++count, memory, leaving }));
      void Promise.race([said, late]).then(() => process.kill(process.pid, 'SIGKILL'));
    },
  });
}
