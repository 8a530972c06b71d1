/** What user code can do to the thread that it runs in: throw where nobody catches, exit, kill the process. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { inspect } from 'node:util';

export interface Hazards {
  /** Runs a task, so that whatever it starts is known to be its own, even when it is over. */
  within<T>(label: string, task: () => Promise<T>): Promise<T>;
}

interface Running {
  readonly label: string;
}

/** @param lastWords told why the thread ends, before it does */
export function watchHazards(lastWords: (reason: string) => void): Hazards {
  const origin = new AsyncLocalStorage<Running>();
  let current: Running | undefined;

  process.on('uncaughtException', (error) => {
    const from = origin.getStore();
    if (from !== undefined && from !== current) {
      // What a finished call has left running says nothing about the call that runs now.
      complain(`${from.label} threw after it had ended:`, error);
      return;
    }
    lastWords(`it threw where nothing catches, outside of what it awaits: ${oneLine(error)}`);
    process.exit(1);
  });

  process.on('unhandledRejection', (reason) => {
    complain(
      `${origin.getStore()?.label ?? 'a call'} left a promise that was rejected, and nobody handled it:`,
      reason,
    );
  });

  const { kill } = process;
  process.kill = (pid: number, signal?: string | number): true => {
    // The process is the server, with all objects; the thread is what the caller takes for it.
    if (pid !== process.pid || signal === 0) return kill.call(process, pid, signal) as true;
    lastWords(`it killed its process (${String(signal ?? 'SIGTERM')})`);
    process.exit(1);
  };

  return {
    async within(label, task) {
      const running = { label };
      current = running;
      try {
        return await origin.run(running, task);
      } finally {
        current = undefined;
      }
    },
  };
}

function complain(what: string, error: unknown): void {
  process.stderr.write(`skein: ${what} ${inspect(error)}\n`);
}

function oneLine(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : inspect(error);
}
