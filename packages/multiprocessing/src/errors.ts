/** Errors are API: programs look at the class or at `code`; across processes only `code` and `name` are sure. */
import { knowByName } from '@skein/codec';

/** What went wrong, as a closed set that programs may switch on. */
export type ProcessErrorCode =
  /** It was not done in time. */
  | 'timeout'
  /** A queue that has no item. */
  | 'empty'
  /** A queue that has no room. */
  | 'full'
  /** A connection whose other end is gone, and everything that it sent has been received. */
  | 'end-of-file'
  /** A connection whose other end is gone. */
  | 'broken-pipe'
  | 'broken-barrier'
  /** It was closed, here. */
  | 'closed'
  /** It is not held by whoever wants to release it. */
  | 'not-owner'
  /** More was released than was acquired, or marked as done than was put. */
  | 'too-often'
  /** A process or a result that has not come to its end, or a process that was not started or was started before. */
  | 'wrong-state'
  | 'bad-argument';

/** The base of every error of this package. */
export class ProcessError extends Error {
  override name = 'ProcessError';
  readonly code: ProcessErrorCode;

  constructor(code: ProcessErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** It was not done in time. What was waited for goes on. */
export class TimeoutError extends ProcessError {
  override name = 'TimeoutError';
  constructor(message: string) {
    super('timeout', message);
  }
}

/** The queue had no item: at once, or until the time was up. Python's `queue.Empty`. */
export class Empty extends ProcessError {
  override name = 'Empty';
  constructor(message = 'the queue is empty') {
    super('empty', message);
  }
}

/** The queue had no room: at once, or until the time was up. Python's `queue.Full`. */
export class Full extends ProcessError {
  override name = 'Full';
  constructor(message = 'the queue is full') {
    super('full', message);
  }
}

/** The other end of the connection was closed, or its processes have ended, and nothing is left to be received. */
export class EOFError extends ProcessError {
  override name = 'EOFError';
  constructor(message = 'the other end of the connection is gone, and nothing is left to be received') {
    super('end-of-file', message);
  }
}

/** The other end of the connection was closed, or its processes have ended: nobody would receive what is sent. */
export class BrokenPipeError extends ProcessError {
  override name = 'BrokenPipeError';
  constructor(message = 'the other end of the connection is gone') {
    super('broken-pipe', message);
  }
}

/** The barrier was broken, by a process that timed out or died while it waited, or by `reset` or `abort`. */
export class BrokenBarrierError extends ProcessError {
  override name = 'BrokenBarrierError';
  constructor(message: string, options?: ErrorOptions) {
    super('broken-barrier', message, options);
  }
}

knowByName(
  ProcessError,
  new Map<unknown, string>([
    [TimeoutError, 'TimeoutError'],
    [Empty, 'Empty'],
    [Full, 'Full'],
    [EOFError, 'EOFError'],
    [BrokenPipeError, 'BrokenPipeError'],
    [BrokenBarrierError, 'BrokenBarrierError'],
    [ProcessError, 'ProcessError'],
  ]),
);

/** @internal */
export function badArgument(what: string, expected: string, got: unknown): ProcessError {
  return new ProcessError('bad-argument', `${what} is ${expected}; got ${shown(got)}`);
}

/**
 * Refuses what is no options, or knows others: Python's arguments by their place, `acquire(false)`, and its names, such as
 * `timeout` in seconds, would go unnoticed.
 * @internal
 */
export function checkOptions(what: string, known: readonly string[], options: unknown): void {
  if (typeof options !== 'object' || options === null)
    throw badArgument(what, `an object with any of ${known.join(', ')}`, options);
  for (const name in options)
    if (!known.includes(name))
      throw new ProcessError('bad-argument', `${what} has no '${name}'; it knows ${known.join(', ')}`);
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value === 'function') return `the function ${value.name || '(anonymous)'}`;
  if (typeof value === 'object' && value !== null)
    return Array.isArray(value) ? 'an array' : `a ${value.constructor?.name ?? 'object'}`;
  return String(value);
}
