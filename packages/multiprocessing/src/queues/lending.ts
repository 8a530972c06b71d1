/** Connections that are sent to a process: the end of a pipe that they are does not count as gone while they are on their way. */

import { processState } from '../process-state.ts';

/** Takes back what a connection was sent with. */
type TakeBack = () => void;

/** A connection is being sent: `takeBack` is called when whoever it was sent to is gone. */
export function lend(takeBack: TakeBack): void {
  processState().lent?.push(takeBack);
}

/** What was sent by `send`, and how it is taken back. */
export function lending<T>(send: () => T): { readonly result: T; readonly giveBack: () => void } {
  const state = processState();
  const before = state.lent;
  const mine: TakeBack[] = [];
  state.lent = mine;
  const giveBack = (): void => {
    for (const takeBack of mine) takeBack();
  };
  try {
    return { result: send(), giveBack };
  } catch (error) {
    // Something else could not travel: nothing was sent.
    giveBack();
    throw error;
  } finally {
    state.lent = before;
  }
}
