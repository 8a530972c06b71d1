/**
 * What is one in a process, however many copies of this package are loaded there. No module has a variable of its own that
 * changes: where a process starts processes itself, code that it has got as a bundle travels on, and its variables with it.
 */
import { randomBytes } from 'node:crypto';
import type { Identity } from './process/identity.ts';
import type { AnyProcess, Started } from './process/process.ts';
import type { Runtime } from './runtime.ts';

/** A worker of a pool. */
export interface Member {
  readonly identity: Identity;
  /** What its initializer comes to. */
  initializing: Promise<unknown> | undefined;
  initialized: unknown;
}

interface ProcessState {
  /** Where things are made, unless a context says otherwise. */
  runtime: Runtime | undefined;
  /** Of the constructor of a context that runs now. */
  within: Runtime | undefined;
  /** Which process this is; `undefined`: the main one. */
  identity: Identity | undefined;
  /** Processes that this one has started and that have not been seen to end. */
  readonly children: Set<AnyProcess>;
  /** Of pools whose tasks have run here: which of their workers this is, and what their initializer has come to. */
  readonly members: Map<string, Member>;
  /** The worker that runs a task now. */
  member: Member | undefined;
  /** What only the process knows of the processes that it has made. Not their fields: those travel. */
  readonly started: WeakMap<object, Started>;
  /** What has to be taken back of what is being sent; see `queues/lending.ts`. */
  lent: (() => void)[] | undefined;
  /** What is put or sent, and by what; see `queues/on-its-way.ts`. */
  readonly onTheirWay: Map<Promise<unknown>, object>;
  /** Begins the keys of what is made here. */
  readonly id: string;
  things: number;
  processes: number;
  pools: number;
}

const KEY = Symbol.for('skein.multiprocessing@0');

export function processState(): ProcessState {
  const slots = process as unknown as Record<symbol, ProcessState | undefined>;
  slots[KEY] ??= {
    runtime: undefined,
    within: undefined,
    identity: undefined,
    children: new Set(),
    members: new Map(),
    member: undefined,
    started: new WeakMap(),
    lent: undefined,
    onTheirWay: new Map(),
    id: randomBytes(9).toString('base64url'),
    things: 0,
    processes: 0,
    pools: 0,
  };
  return slots[KEY];
}
