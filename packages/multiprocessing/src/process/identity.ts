/** Who a process is: what `currentProcess()` and `parentProcess()` tell. */
import { randomInt } from 'node:crypto';
import { processState } from '../process-state.ts';

/** A process as others see it. */
export interface Identity {
  readonly name: string;
  /**
   * A number that no other process of the program has. The operating system's is `process.pid`, which several have in
   * turn, or at a time, where workers are threads or are on other machines.
   */
  readonly pid: number;
  /** It ends with its parent, which does not wait for it. */
  readonly daemon: boolean;
  /** Who started it; of the main process, `undefined`. */
  readonly parent: Identity | undefined;
}

export function newPid(): number {
  return randomInt(2, 2 ** 31);
}

/** The process that runs this: the main one, one that was started, or a worker of a pool. */
export function currentProcess(): Identity {
  const state = processState();
  state.identity ??= { name: 'MainProcess', pid: newPid(), daemon: false, parent: undefined };
  return state.identity;
}

/** Who started the process that runs this; `undefined` in the main one. */
export function parentProcess(): Identity | undefined {
  return currentProcess().parent;
}
