/** An agent in a thread of this process: lighter, less apart. A crash of the process takes it along. */
import { Worker } from 'node:worker_threads';
import type { ChannelEvents, ChannelInvocation } from '../backend.ts';

export function startThread(agentFile: string, events: ChannelEvents): ChannelInvocation {
  const worker = new Worker(agentFile, { execArgv: [] });
  worker.unref();
  worker.on('message', (chunk: Uint8Array) => events.onData(chunk));
  let failure: Error | undefined;
  worker.on('error', (error) => {
    failure = error as Error;
  });
  worker.on('exit', (code) =>
    events.onExit({ code, signal: null, ...(failure !== undefined && { error: failure }) }),
  );
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
