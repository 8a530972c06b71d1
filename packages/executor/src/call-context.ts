/**
 * What a function may know of the call it runs in, and where it finds it. Calls never interleave in one
 * process, so the running call is a plain slot; it is shared by however many copies of this package are loaded.
 */
import type { Storage } from '@skein/storage';

/** Passed as the last argument to a function that declares it; elsewhere {@link currentCall} gives it. */
export interface CallContext {
  readonly executorId: string;
  readonly jobId: string;
  readonly callId: string;
  /** Position of the call's input in its job. */
  readonly index: number;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Aborted when the call ends: what was started for it should end with it. */
  readonly signal: AbortSignal;
  /** When the call will be ended, milliseconds since the epoch; `undefined` without a timeout. */
  readonly deadline: number | undefined;
  /** The executor's storage. */
  readonly storage: Storage;
  /** Console lines that say which call wrote them. */
  readonly log: CallLog;
}

export type CallLog = Readonly<Record<'debug' | 'info' | 'warn' | 'error', (...values: unknown[]) => void>>;

interface ExecutorState {
  call: (() => CallContext) | undefined;
}

const slot = Symbol.for('skein.executor@0.call');

function state(): ExecutorState {
  const holder = process as unknown as Record<symbol, ExecutorState | undefined>;
  holder[slot] ??= { call: undefined };
  return holder[slot];
}

/** The context of the call that runs in this process now. Outside of calls there is none: an error. */
export function currentCall(): CallContext {
  const context = state().call?.();
  if (context === undefined)
    throw new Error(
      'currentCall() is for functions that an executor runs; no call is running in this process',
    );
  return context;
}

/** For the agent: sets what {@link currentCall} answers; the context is made only when somebody asks. */
export function setCurrentCall(make: (() => CallContext) | undefined): void {
  state().call = make;
}
