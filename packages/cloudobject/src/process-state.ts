/** What is one in a process, however many copies of this package are loaded (contract of handles, 4). */
import { randomBytes } from 'node:crypto';
import type { Storage } from '@skein/storage';

interface ProcessState {
  /** As an executor's id, so that what is left of the process is found as theirs is. */
  readonly programId: string;
  /** Names of storages without a configuration. */
  readonly anonymous: WeakMap<Storage, string>;
  /** What the program keeps where, until it ends. */
  readonly programScopes: Map<string, Promise<unknown>>;
  /** Values that are computed now: whoever asks meanwhile gets the same. */
  readonly computing: Map<string, Promise<unknown>>;
  /** The last change of each state, which the next one of this process awaits. */
  readonly changing: Map<string, Promise<unknown>>;
  things: number;
}

const KEY = Symbol.for('skein.cloudobject@1');

export function processState(): ProcessState {
  const slots = process as unknown as Record<symbol, ProcessState | undefined>;
  slots[KEY] ??= {
    programId: `${randomBytes(4).toString('hex')}-0`,
    anonymous: new WeakMap(),
    programScopes: new Map(),
    computing: new Map(),
    changing: new Map(),
    things: 0,
  };
  return slots[KEY];
}
