/** Errors of the executor. A user's own error is never wrapped: these say that the system failed, or the use of it. */

// Named here, so that a function gets the class by which its executors throw them; see backend/own-package.ts.
export { CaptureError } from '@skein/codec';
export { ConfigError } from '@skein/config';

export type ExecutorErrorCode =
  | 'invalid-argument'
  | 'input'
  | 'bundle'
  | 'worker-lost'
  | 'cancelled'
  | 'timeout'
  | 'closed'
  | 'protocol'
  | 'no-such-record'
  | 'ambiguous';

export class ExecutorError extends Error {
  readonly code: ExecutorErrorCode;

  constructor(code: ExecutorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** The iterable that a job reads its inputs from threw or is none. The cause is what it threw. */
export class InputError extends ExecutorError {
  constructor(message: string, options?: ErrorOptions) {
    super('input', message, options);
  }
}

/** The function's code could not be bundled or stored; the cause says why. No call of the job has run. */
export class BundleError extends ExecutorError {
  constructor(message: string, options?: ErrorOptions) {
    super('bundle', message, options);
  }
}

/** How a worker ended. */
export type LossReason =
  /** Killed, by the signal in `signal`. */
  | 'signal'
  /** Left by the exit code in `exitCode`. */
  | 'exit'
  /** Held more memory than its call was given, or than there was. */
  | 'out-of-memory'
  /** Nothing was heard of it for too long: stopped, starved or cut off. */
  | 'lease'
  /** It could not be started. */
  | 'start';

/** The worker died while it ran this call: how it died is in `reason`, `exitCode` and `signal`. */
export class WorkerLostError extends ExecutorError {
  readonly reason: LossReason;
  readonly exitCode: number | null;
  readonly signal: string | null;

  constructor(
    message: string,
    death: { reason: LossReason; exitCode: number | null; signal: string | null; cause?: unknown },
  ) {
    super('worker-lost', message, death.cause === undefined ? undefined : { cause: death.cause });
    this.reason = death.reason;
    this.exitCode = death.exitCode;
    this.signal = death.signal;
  }
}

/** An attempt ran longer than its `timeoutMs` and was stopped. */
export class CallTimeoutError extends ExecutorError {
  readonly timeoutMs: number;

  constructor(message: string, timeoutMs: number) {
    super('timeout', message);
    this.timeoutMs = timeoutMs;
  }
}

/** The call was cancelled before it had an outcome. */
export class CallCancelledError extends ExecutorError {
  constructor(message: string, options?: ErrorOptions) {
    super('cancelled', message, options);
  }
}

/** A wait took longer than its `timeoutMs`. What was waited for goes on. */
export class WaitTimeoutError extends ExecutorError {
  constructor(message: string) {
    super('timeout', message);
  }
}
