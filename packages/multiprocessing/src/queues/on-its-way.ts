/**
 * What is put or sent and may have to wait for room. A process ends when it is where it was to go, whether anybody awaits it
 * or not, as Python's joins the threads that feed its queues.
 */
import { processState } from '../process-state.ts';

/** Gives what the promise gives. @param by what it was put into, or is sent by */
export async function onItsWay<T>(by: object, sent: Promise<T>): Promise<T> {
  const { onTheirWay } = processState();
  onTheirWay.set(sent, by);
  try {
    return await sent;
  } finally {
    onTheirWay.delete(sent);
  }
}

/** Resolves when all has arrived, or failed, that is on its way now. @param by @default whatever */
export async function arrived(by?: object): Promise<void> {
  const { onTheirWay } = processState();
  if (onTheirWay.size === 0) return;
  const mine = [...onTheirWay].filter(([, owner]) => by === undefined || by === owner);
  await Promise.allSettled(mine.map(([sent]) => sent));
}

/** Nobody waits for it. */
export function leaveBehind(by: object): void {
  const { onTheirWay } = processState();
  for (const [sent, owner] of onTheirWay) if (owner === by) onTheirWay.delete(sent);
}
