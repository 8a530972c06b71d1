/** The guard of a process: a thread beside the one that runs calls, with the same descriptor to the client. */
import { Worker } from 'node:worker_threads';
import { FrameType, jsonFrame } from '../wire/frames.ts';
import type { Alive, LastWords } from '../wire/messages.ts';
import { complain } from './diagnose.ts';
import { guard } from './guard.ts';
import { writeAll } from './process-port.ts';
import { Pulse } from './pulse.ts';

/** How long the main thread may hold the channel while the guard has last words to say. */
const LAST_WORDS_MS = 1_000;

/** Between two signs of life. */
const BEAT_MS = 500;
/** Share of V8's heap from which on its end is near. */
const NEAR_LIMIT = 0.7;

export interface GuardData {
  readonly guard: { readonly pulse: SharedArrayBuffer; readonly heapLimit: number };
}

/** Starts the guard of this process. It keeps the process alive no longer than its calls do. */
export function startGuardThread(pulse: Pulse, heapLimit: number): void {
  const workerData: GuardData = { guard: { pulse: pulse.buffer, heapLimit } };
  const thread = new Worker(new URL(import.meta.url), {
    workerData,
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2 },
  });
  thread.unref();
  // A process without a guard works as before: its end is seen, only a standstill is not.
  thread.on('error', (error) => complain('skein: the guard of this worker has failed:', error));
}

/** The guard thread's own program. */
export function runGuard({ guard: { pulse: buffer, heapLimit } }: GuardData): void {
  const pulse = new Pulse(buffer);
  const write = (type: FrameType, body: Alive | LastWords): void => {
    for (const part of jsonFrame(type, body)) writeAll(part);
  };
  guard(pulse, {
    ownThread: true,
    beatMs: BEAT_MS,
    // A process that V8 aborts for its heap has no last words: what it held is known from its signs of life.
    nearLimit: heapLimit * NEAR_LIMIT,
    memory: () => process.memoryUsage.rss(),
    beat: (memory, call) => {
      if (!pulse.lock(0)) return; // the main thread writes: that is a sign of life too
      write(FrameType.alive, { memory, running: call && { job: call.job, index: call.index } });
      pulse.unlock();
    },
    overrun: (call, why, memory) => {
      if (pulse.lock(LAST_WORDS_MS)) {
        // It has ended meanwhile: its outcome is the truth.
        if (!pulse.isCurrent(call)) {
          pulse.unlock();
          return;
        }
        write(FrameType.leaving, {
          exitCode: null,
          running: { job: call.job, index: call.index },
          overrun: { why, memory },
        });
      }
      process.kill(process.pid, 'SIGKILL');
    },
  });
}
