/**
 * What user code can do to the process it runs in: throw where nobody catches, exit, kill itself. The agent
 * stays truthful about it: finished calls are delivered first, and the call that did it is named.
 */
import type { LastWords } from '../wire/messages.ts';
import type { Agent } from './agent.ts';
import { complain } from './diagnose.ts';

export interface HazardOptions {
  readonly agent: () => Agent | undefined;
  /** The last words: which call ran, by which exit code the process leaves if it leaves by one. */
  readonly leaving: (leaving: LastWords) => void;
  /** Set when the agent leaves by itself, in good order. */
  readonly expected: () => boolean;
}

export function watchHazards({ agent, leaving, expected }: HazardOptions): void {
  const lastWords = (exitCode: number | null): void => {
    if (expected()) return;
    agent()?.deliverNow();
    leaving({ exitCode, running: agent()?.runningCall });
  };
  process.on('exit', lastWords);

  process.on('uncaughtException', (error) => {
    const current = agent();
    if (current?.failRunning(error)) {
      // The call fails with its own error. The process may be damaged: it leaves when that is delivered.
      void current.idle().then(() => process.exit(1));
      return;
    }
    complain('An exception that no call awaited:', error);
    process.exit(1);
  });

  // A promise that a finished call left behind says nothing about the call that runs now.
  process.on('unhandledRejection', (reason) => {
    complain('A promise was rejected and nobody handled it:', reason);
  });

  const { kill, abort } = process;
  process.kill = (pid: number, signal?: string | number): true => {
    if (pid === process.pid && signal !== 0) lastWords(null);
    return kill.call(process, pid, signal) as true;
  };
  process.abort = (): never => {
    lastWords(null);
    return abort.call(process) as never;
  };
}
