/** A worker becomes a process of the program, for as long as it runs something of it. */
import type { Dso } from '@skein/dso/handles';
import type { Identity } from './process/identity.ts';
import { processState } from './process-state.ts';
import { arrived } from './queues/on-its-way.ts';
import { Runtime, type RuntimeOptions } from './runtime.ts';

/** What it gets of who has started it. */
export interface Home {
  readonly identity: Identity;
  readonly dso: Dso;
  readonly options: RuntimeOptions;
}

/** @returns how it ends: when all that it has asked for without awaiting it is done, as in Python, which does it at once */
export function enter({ identity, dso, options }: Home): () => Promise<void> {
  const state = processState();
  const { runtime: before, identity: was } = state;
  state.identity = identity;
  // What is made here is shared by the same program, and ends with it.
  state.runtime = new Runtime(options, () => dso);
  return async () => {
    await arrived();
    await dso.settled();
    state.runtime = before;
    state.identity = was;
  };
}
