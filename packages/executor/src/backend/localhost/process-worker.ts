/** An agent in a process of its own, in a session of its own: what its functions start ends with it. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import type { ChannelEvents, ChannelInvocation, Exit } from '../backend.ts';
import { heapFlags, killGroup } from './child.ts';
import { workerEnv } from './worker-env.ts';

/** Frames up to this many bytes are joined before they are written: one system call instead of several. */
const JOIN_BYTES = 64 * 1024;
/** How long bytes may still come after the process has ended. */
const DRAIN_MS = 1_000;

export interface ProcessWorker extends ChannelInvocation {
  readonly pid: number | undefined;
}

/** @param memory what it may hold, bytes */
export function startProcess(
  agentFile: string,
  memory: number | undefined,
  events: ChannelEvents,
): ProcessWorker {
  const child = spawn(process.execPath, [...heapFlags(memory), agentFile, '--channel'], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe', 'pipe'],
    detached: true,
    env: workerEnv(process.env),
  });
  const input = child.stdio[3] as Duplex | undefined;
  const output = child.stdio[4] as Duplex | undefined;
  // An idle worker keeps nobody alive: the executor holds the process while there are jobs.
  child.unref();
  for (const pipe of [input, output]) {
    (pipe as unknown as { unref?: () => void } | undefined)?.unref?.();
    // The pipe breaks when the process dies; how it died is told by its exit.
    pipe?.on('error', () => {});
  }
  output?.on('data', events.onData);
  watchExit(child, events);

  let queue: Uint8Array[] = [];
  let bytes = 0;
  return {
    name: `process ${child.pid ?? '(not started)'}`,
    pid: child.pid,
    channel: {
      write(parts) {
        for (const part of parts) {
          queue.push(part);
          bytes += part.byteLength;
        }
      },
      flush() {
        const parts = queue;
        if (parts.length === 0 || !input?.writable) return;
        if (bytes <= JOIN_BYTES) input.write(Buffer.concat(parts, bytes));
        else {
          input.cork();
          for (const part of parts) input.write(part);
          input.uncork();
        }
        queue = [];
        bytes = 0;
      },
      end() {
        this.flush();
        input?.end();
      },
    },
    kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      // It may not have made its group yet, or the platform has none.
      if (!killGroup(child.pid)) child.kill('SIGKILL');
    },
  };
}

/** Tells the exit once, after the last byte: outcomes that were written before the death count. */
function watchExit(child: ChildProcess, events: ChannelEvents): void {
  let told = false;
  const tell = (exit: Exit): void => {
    if (told) return;
    told = true;
    events.onExit(exit);
  };
  child.on('error', (error) => tell({ code: null, signal: null, error }));
  child.on('exit', (code, signal) => {
    killGroup(child.pid); // what its functions have started and left behind
    // A child of the user's function may hold the pipe open for as long as it likes.
    const timer = setTimeout(() => tell({ code, signal }), DRAIN_MS);
    child.on('close', () => {
      clearTimeout(timer);
      tell({ code, signal });
    });
  });
}
