/** What is one in a process, however many copies of this package are loaded (contract of handles, 4). */
import type { Cluster } from './client/cluster.ts';
import type { Node } from './server/node.ts';

interface ProcessState {
  /** One connection per process, address and credential. */
  readonly clusters: Map<string, Cluster>;
  /** Nodes that run in this process, by their address. */
  readonly embedded: Map<string, Node>;
}

const KEY = Symbol.for('skein.dso@0');
/** Set in threads that run methods of shared objects. */
const NESTED = Symbol.for('skein.dso@0.nested');

export function processState(): ProcessState {
  const slots = process as unknown as Record<symbol, ProcessState | undefined>;
  slots[KEY] ??= { clusters: new Map(), embedded: new Map() };
  return slots[KEY];
}

/** One of a kind in a process: what one copy of this package makes, the others know. */
export function onlyOne<T>(name: string, make: () => T): T {
  const slots = process as unknown as Record<symbol, T | undefined>;
  const key = Symbol.for(`skein.dso@0.${name}`);
  slots[key] ??= make();
  return slots[key];
}

/** Whether this thread runs methods of shared objects, from which none may be called. */
export function isWithinMethod(): boolean {
  return (process as unknown as Record<symbol, unknown>)[NESTED] === true;
}
