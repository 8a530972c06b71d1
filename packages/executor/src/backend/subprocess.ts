/**
 * Agents as plain subprocesses that know only their payload and the storage, as they do in a cloud. Slower than
 * `localhost` by design: it is the proof that nothing depends on a pipe between client and worker.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { AgentPayload } from '../wire/payload.ts';
import { agentFile } from './agent-file.ts';
import type { Exit, Invocation, StorageBackend } from './backend.ts';
import { heapFlags, killGroup } from './localhost/child.ts';
import { Reaper } from './localhost/reaper.ts';
import { workerEnv } from './localhost/worker-env.ts';

/** @param scratch removed when the client is gone, however it went. */
export function subprocess(scratch: string): StorageBackend {
  return new Subprocess(scratch);
}

class Subprocess implements StorageBackend {
  readonly kind = 'storage';
  readonly name = 'subprocess';
  readonly defaultWorkers: number = availableParallelism();
  readonly reach = 'host';
  readonly leaseMs = 6_000;
  readonly #children = new Set<ChildProcess>();
  readonly #reaper: Reaper;

  constructor(scratch: string) {
    this.#reaper = new Reaper(scratch);
  }

  start(
    payload: AgentPayload,
    env: Readonly<Record<string, string>>,
    onExit: (exit: Exit) => void,
  ): Invocation {
    const child = spawn(process.execPath, [...heapFlags(payload.memory), agentFile()], {
      stdio: ['pipe', 'inherit', 'inherit'],
      detached: true,
      env: { ...workerEnv(process.env), ...env },
    });
    // The executor holds the process while there are jobs to wait for.
    child.unref();
    (child.stdin as unknown as { unref?: () => void }).unref?.();
    const { pid } = child;
    this.#reaper.start();
    if (pid !== undefined) this.#reaper.started(pid);
    const ended = (exit: Exit): void => {
      this.#children.delete(child);
      killGroup(pid); // what its functions have started and left behind
      if (pid !== undefined) this.#reaper.ended(pid);
      onExit(exit);
    };
    this.#children.add(child);
    child.on('error', (error) => ended({ code: null, signal: null, error }));
    child.on('exit', (code, signal) => ended({ code, signal }));
    child.stdin.on('error', () => {}); // it has ended before it read: its exit says how
    child.stdin.end(JSON.stringify(payload));
    return {
      name: `subprocess ${pid ?? '(not started)'}`,
      kill: () => {
        if (!killGroup(pid)) child.kill('SIGKILL');
      },
    };
  }

  /** Agents have told their outcomes, but may still be about to leave: none is to write where things are removed. */
  async close(): Promise<void> {
    await Promise.all(
      [...this.#children].map((child) => {
        const ended = new Promise((resolve) => child.once('exit', resolve).once('error', resolve));
        child.kill('SIGKILL');
        return ended;
      }),
    );
    await this.#reaper.close();
  }
}
