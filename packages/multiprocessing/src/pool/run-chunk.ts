/** What a worker of a pool does. It is sent there: what it imports goes along. */
import { newPid } from '../process/identity.ts';
import { processState } from '../process-state.ts';
import { enter, type Home } from '../worker.ts';

export interface PoolHome extends Omit<Home, 'identity'> {
  /** The pool, by a name that no other one has. */
  readonly id: string;
  readonly name: string;
  readonly parent: Home['identity'];
  readonly initializer: ((...args: never[]) => unknown) | undefined;
  readonly initargs: readonly unknown[];
}

/** Runs a function on items, one after another: on each, or with each as its arguments. Ends with the first that fails. */
export async function runChunk(
  items: readonly unknown[],
  home: PoolHome,
  fn: (...args: never[]) => unknown,
  spread: boolean,
): Promise<unknown[]> {
  const leave = await enterPool(home);
  try {
    const results: unknown[] = new Array(items.length);
    for (let i = 0; i < items.length; i++) {
      const result = spread ? fn(...(items[i] as never[])) : fn(items[i] as never);
      // Most functions answer at once: a turn of the queue of promises for each would cost more than they do.
      results[i] = isThenable(result) ? await result : result;
    }
    return results;
  } finally {
    await leave();
  }
}

function isThenable(value: unknown): boolean {
  return (
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}

/** The worker is one of the pool from its first task on, and has run its initializer once. */
async function enterPool({
  id,
  name,
  parent,
  initializer,
  initargs,
  ...home
}: PoolHome): Promise<() => Promise<void>> {
  const state = processState();
  const { members } = state;
  let member = members.get(id);
  if (member === undefined) {
    const pid = newPid();
    member = {
      identity: { name: `${name}-${pid}`, pid, daemon: true, parent },
      initializing: undefined,
      initialized: undefined,
    };
    members.set(id, member);
  }
  const leave = enter({ ...home, identity: member.identity });
  state.member = member;
  try {
    if (initializer !== undefined) {
      member.initializing ??= (async () => initializer(...(initargs as never[])))();
      member.initialized = await member.initializing;
    }
  } catch (error) {
    await leave();
    throw error;
  }
  return leave;
}
