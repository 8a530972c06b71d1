/** An agent in a thread of this process: lighter, less apart. A crash of the process takes it along. */
import { Worker } from 'node:worker_threads';
import { guard } from '../../agent/guard.ts';
import { Pulse } from '../../agent/pulse.ts';
import type { ThreadData } from '../../agent/thread-port.ts';
import { FrameType, jsonFrame } from '../../wire/frames.ts';
import type { Alive, LastWords } from '../../wire/messages.ts';
import type { ChannelEvents, ChannelInvocation } from '../backend.ts';

/** Between two words of what it runs, milliseconds. */
const BEAT_MS = 500;

/** @param memory what its heap may hold, bytes; buffers outside of it are not counted for a thread */
export function startThread(
  agentFile: string,
  memory: number | undefined,
  events: ChannelEvents,
): ChannelInvocation {
  const pulse = new Pulse();
  const workerData: ThreadData = { pulse: pulse.buffer };
  const worker = new Worker(agentFile, {
    execArgv: [],
    workerData,
    ...(memory !== undefined && { resourceLimits: { maxOldGenerationSizeMb: Math.ceil(memory / 2 ** 20) } }),
  });
  // The client lives as long as its threads do, and is not held up by what they compute: it is their guard.
  const stopGuard = guard(pulse, {
    ownThread: false,
    beatMs: BEAT_MS,
    nearLimit: Number.POSITIVE_INFINITY,
    memory: () => undefined,
    // That it lives, this process knows; but not what it runs.
    beat: (memory, call) => {
      const alive: Alive = { memory, running: call && { job: call.job, index: call.index } };
      for (const part of jsonFrame(FrameType.alive, alive)) events.onData(part);
    },
    overrun: (call, why, held) => {
      const words: LastWords = {
        exitCode: null,
        running: { job: call.job, index: call.index },
        overrun: { why, memory: held },
      };
      for (const part of jsonFrame(FrameType.leaving, words)) events.onData(part);
      void worker.terminate();
    },
  });
  worker.on('message', (chunk: Uint8Array) => events.onData(chunk));
  // An idle worker keeps nobody alive. Not before: who listens has the worker held again.
  worker.unref();
  let failure: Error | undefined;
  worker.on('error', (error) => {
    failure = error as Error;
  });
  worker.on('exit', (code) => {
    stopGuard();
    events.onExit({ code, signal: null, ...(failure !== undefined && { error: failure }) });
  });
  let queue: Uint8Array[] = [];
  return {
    name: `thread ${worker.threadId}`,
    channel: {
      write(parts) {
        queue.push(...parts);
      },
      flush() {
        if (queue.length === 0) return;
        const joined = new Uint8Array(total(queue));
        let at = 0;
        for (const part of queue) {
          joined.set(part, at);
          at += part.byteLength;
        }
        queue = [];
        worker.postMessage(joined, [joined.buffer]);
      },
      end() {
        this.flush();
        worker.postMessage(null);
      },
    },
    kill() {
      void worker.terminate();
    },
  };
}

function total(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.byteLength, 0);
}
