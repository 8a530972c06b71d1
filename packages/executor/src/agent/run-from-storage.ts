import { text } from 'node:stream/consumers';
import { takeCredentials } from '@skein/codec';
import type { Storage } from '@skein/storage';
import { CallOutput } from '../logs/call-output.ts';
import { setParent } from '../parent.ts';
import { patiently } from '../patience.ts';
import { type AgentPayload, callIdOf, keys, type Place, UNTOLD_EXIT_CODE } from '../wire/payload.ts';
import { encodeStatus } from '../wire/status.ts';
import { Agent } from './agent.ts';
import { parentOf } from './borrower.ts';
import { complain, setLogLevel } from './diagnose.ts';
import { watchHazards } from './hazards.ts';
import { startLeaseThread } from './lease-thread.ts';
import { packFailure } from './outcomes.ts';
import type { Outlet } from './outlet.ts';
import { Pulse } from './pulse.ts';
import { storeResult } from './store-result.ts';
import { checkVersion } from './version.ts';

/** Runs the calls of one payload; everything it learns and tells goes through storage. */
export async function runFromStorage(): Promise<void> {
  takeCredentials();
  const payload = JSON.parse(await text(process.stdin)) as AgentPayload;
  checkVersion(payload.version);
  const { work } = payload;
  if (work === undefined)
    throw new Error('a payload from standard input carries its calls; this one has none');

  setLogLevel(payload.output.logLevel);
  let agent: Agent | undefined;
  let done = false;
  const output = new CallOutput({
    terms: payload.output,
    running: () => agent?.printingCall,
    send: undefined,
  });
  output.install();
  watchHazards({ agent: () => agent, leaving: () => {}, expected: () => done });
  const outlet: Outlet = {
    async deliver(packed, indexes) {
      // One call a delivery: each has a status of its own, and the first attempt to write it wins.
      const key = keys.status(work.job.prefix, work.job.jobId, callIdOf(indexes[0]!), work.calls.attempt);
      const told = (parts: readonly Uint8Array[]): Promise<void> =>
        putOnce(agent!.storage, payload.bucket, key, encodeStatus(parts, work.job, work.calls.attempt));
      try {
        await told(packed);
      } catch (cause) {
        // There may be room for the reason, if not for the result.
        const why = cause instanceof Error ? cause.message : String(cause);
        const failure = new Error(`the outcome of the call could not be stored: ${why}`, { cause });
        await told(packFailure(packed, failure)).catch((error: unknown) => {
          complain('skein: the outcome of a call could not be stored:', error);
          done = true;
          process.exit(UNTOLD_EXIT_CODE);
        });
      }
    },
    logs: (index) => output.take(index),
    store: (job, index, attempt, encoded): Promise<Place> =>
      storeResult(agent!.storage, payload.bucket, job, index, attempt, encoded),
  };
  setParent(parentOf(payload, undefined));
  const pulse = new Pulse();
  agent = new Agent(payload, outlet, { deliverAfterMs: 0, pulse });
  startLeaseThread(pulse, payload);
  agent.addJob(work.job);
  const { block, ...calls } = work.calls;
  agent.enqueue({
    ...calls,
    job: work.job.job,
    block: block.kind === 'inline' ? Buffer.from(block.base64, 'base64') : block,
  });
  await agent.idle();
  done = true;
}

/**
 * E3: one visible outcome for a call, however many attempts come to write one. In a storage without conditions no attempts run
 * side by side, and the client takes the first outcome that it sees.
 */
async function putOnce(storage: Storage, bucket: string, key: string, bytes: Uint8Array): Promise<void> {
  const condition = (await storage.supports('if-none-match')) ? { ifNoneMatch: '*' as const } : {};
  try {
    await patiently(() => storage.putObject(bucket, key, bytes, condition));
  } catch (error) {
    if ((error as { code?: string }).code !== 'precondition-failed') throw error;
  }
}
