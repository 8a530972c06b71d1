/** The default backend: warm worker processes on this machine, or threads of this process. Needs no configuration. */
import { availableParallelism } from 'node:os';
import { atExit } from '../../at-exit.ts';
import type { AgentPayload } from '../../wire/payload.ts';
import { agentFile } from '../agent-file.ts';
import type { ChannelBackend, ChannelEvents, ChannelInvocation, Exit } from '../backend.ts';
import { type ProcessWorker, startProcess } from './process-worker.ts';
import { Reaper } from './reaper.ts';
import { startThread } from './thread-worker.ts';

/** @param scratch removed when the client is gone, however it went. */
export function localhost(isolation: 'process' | 'thread', scratch: string): ChannelBackend {
  return new Localhost(isolation, scratch);
}

class Localhost implements ChannelBackend {
  readonly kind = 'channel';
  readonly name = 'localhost';
  readonly defaultWorkers: number = availableParallelism();
  readonly reach = 'host';
  readonly leaseMs: number;
  readonly #isolation: 'process' | 'thread';
  readonly #reaper: Reaper;
  readonly #alive = new Set<ProcessWorker>();
  readonly #stayAtExit: () => void;

  constructor(isolation: 'process' | 'thread', scratch: string) {
    this.#isolation = isolation;
    // A thread stands still only with its client.
    this.leaseMs = isolation === 'process' ? 5_000 : Number.POSITIVE_INFINITY;
    this.#reaper = new Reaper(scratch);
    this.#stayAtExit = atExit(() => {
      for (const worker of this.#alive) worker.kill();
    });
  }

  start({ memory }: AgentPayload, events: ChannelEvents): ChannelInvocation {
    const file = agentFile();
    if (this.#isolation === 'thread') {
      this.#reaper.start();
      return startThread(file, memory, events);
    }
    const worker: ProcessWorker = startProcess(file, memory, {
      onData: events.onData,
      onExit: (exit: Exit) => {
        this.#alive.delete(worker);
        if (worker.pid !== undefined) this.#reaper.ended(worker.pid);
        events.onExit(exit);
      },
    });
    this.#alive.add(worker);
    this.#reaper.start();
    if (worker.pid !== undefined) this.#reaper.started(worker.pid);
    return worker;
  }

  async close(): Promise<void> {
    this.#stayAtExit();
    await this.#reaper.close();
  }
}
