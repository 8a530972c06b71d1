/** Errors from afar point at the line that called: the stack is taken then, and joined to the error when it comes. */
import type { DsoError } from '../errors.ts';
import { onlyOne } from '../process-state.ts';
import type { Value } from '../value/value.ts';

/** Taking a stack costs more than the rest of a call: where calls come faster than this a second, some go without. */
const TRACED_A_SECOND = 1000;

interface Caller {
  stack?: string;
}

let second = 0;
let traced = 0;

/** The stack of who calls at this moment (milliseconds), unless many have called in this second. */
export function callerOf(now: number): Caller | undefined {
  if (traced >= TRACED_A_SECOND) {
    if (now - second < 1000) return undefined;
    second = now;
    traced = 0;
  }
  traced++;
  const caller: Caller = {};
  Error.captureStackTrace(caller, callerOf);
  return caller;
}

/** What a refusal brought besides its message: kept beside the error, for who knows its meaning. */
const details = onlyOne('details', () => new WeakMap<Error, Value>());

export function withCaller<E extends DsoError>(error: E, caller: Caller | undefined, brought?: Value): E {
  if (caller?.stack !== undefined) error.stack = `${error.name}: ${error.message}\n${framesOf(caller.stack)}`;
  if (brought !== undefined) details.set(error, brought);
  return error;
}

export function detailsOf(error: unknown): Value {
  return error instanceof Error ? details.get(error) : undefined;
}

/** The frames without those of this package, which are nobody's mistake. */
function framesOf(stack: string): string {
  const lines = stack.split('\n').slice(1);
  const own = lines.findIndex((line) => !OWN.test(line));
  return lines.slice(Math.max(0, own)).join('\n');
}

const OWN = /[\\/]dso[\\/](?:src|dist)[\\/]|^\s*at new Promise \(/;
