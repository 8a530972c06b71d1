/**
 * Agents as plain subprocesses that know only their payload and the storage, as they do in a cloud. Slower than
 * `localhost` by design: it is the proof that nothing depends on a pipe between client and worker.
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { AgentPayload } from '../wire/payload.ts';
import { agentFile } from './agent-file.ts';
import type { Exit, Invocation, StorageBackend } from './backend.ts';
import { workerEnv } from './localhost/worker-env.ts';

export function subprocess(): StorageBackend {
  return new Subprocess();
}

class Subprocess implements StorageBackend {
  readonly kind = 'storage';
  readonly name = 'subprocess';
  readonly defaultWorkers: number = availableParallelism();
  readonly reach = 'host';
  readonly #kills = new Set<() => void>();

  start(payload: AgentPayload, onExit: (exit: Exit) => void): Invocation {
    const child = spawn(process.execPath, [agentFile()], {
      stdio: ['pipe', 'inherit', 'inherit'],
      env: workerEnv(process.env),
    });
    const kill = (): void => {
      child.kill('SIGKILL');
    };
    const ended = (exit: Exit): void => {
      this.#kills.delete(kill);
      onExit(exit);
    };
    this.#kills.add(kill);
    child.on('error', (error) => ended({ code: null, signal: null, error }));
    child.on('exit', (code, signal) => ended({ code, signal }));
    child.stdin.on('error', () => {}); // it has ended before it read: its exit says how
    child.stdin.end(JSON.stringify(payload));
    return { name: `subprocess ${child.pid ?? '(not started)'}`, kill };
  }

  async close(): Promise<void> {
    for (const kill of this.#kills) kill();
  }
}
