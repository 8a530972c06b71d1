import type { StorageDriver } from './driver.ts';

/** What is one in a process, however many copies of this package are loaded. A later minor version may add fields. */
export interface ProcessState {
  /** Names the heap that holds the `memory` stores: a thread of the same process has another. */
  readonly origin: string;
  /** `memory` stores by name; what is in them belongs to their driver. */
  readonly stores: Map<string, unknown>;
  /** Drivers of stores in a network, by all that makes their connections. */
  drivers?: Map<string, OpenDriver>;
  /** Storages that handles share, by their configuration, for as long as they are used. */
  shared?: Map<string, WeakRef<object>>;
}

/** A driver that is open, and how many handles use it. */
export interface OpenDriver {
  readonly driver: Promise<StorageDriver>;
  users: number;
}

const STATE: unique symbol = Symbol.for('skein.storage@1') as never;

export function processState(): ProcessState {
  const holder = process as { [STATE]?: ProcessState };
  holder[STATE] ??= {
    origin: `${process.pid}-${Math.random().toString(36).slice(2, 10)}`,
    stores: new Map(),
  };
  return holder[STATE];
}
