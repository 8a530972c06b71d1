import type { Debugger, Runtime } from 'node:inspector';
import { connect, post, remoteId, SLOT_EXPRESSION, slot, tryPost, withDebugger } from './session.ts';

interface Pause {
  call?: (() => void) | undefined;
  paused?: ((value: unknown, write: (value: unknown) => void) => boolean) | undefined;
}

/**
 * Calls `fn` and stops it at its very first instruction, before any of its code runs: there `seen` gets what
 * `expression` is in the function's view. Then the call is abandoned (by `terminateExecution`), so that nothing of
 * the function has happened. Answers whether it stopped: generators and classes do not.
 *
 * `write` assigns to the expression, if it is the name of a variable.
 */
export function pauseOnCall(
  fn: Function,
  expression: string,
  seen: (value: unknown, write: (value: unknown) => void) => void,
): boolean {
  const exchange = slot<Pause>();
  let hasStopped = false;
  let failure: unknown;
  exchange.call = () => Reflect.apply(fn, undefined, anything());
  exchange.paused = (value, write) => {
    hasStopped = true;
    try {
      seen(value, write);
    } catch (error) {
      failure = error;
    }
    connect().post('Runtime.terminateExecution');
    return false;
  };
  const objectId = remoteId(fn);
  const assign = expression === 'this' ? '() => {}' : `(value) => { ${expression} = value; }`;
  const condition = `${SLOT_EXPRESSION}.paused(${expression}, ${assign})`;
  try {
    withDebugger(() => {
      const breakpoints = stops(objectId).map(
        (location) =>
          tryPost<{ breakpointId: string }>('Debugger.setBreakpoint', { location, condition }).result,
      );
      // Without a place to stop at, the function's own code would run.
      if (breakpoints.some((set) => set !== undefined))
        tryPost('Runtime.evaluate', { expression: `${SLOT_EXPRESSION}.call()`, silent: true });
      for (const set of breakpoints)
        if (set !== undefined) post('Debugger.removeBreakpoint', { breakpointId: set.breakpointId });
    });
  } finally {
    exchange.call = undefined;
    exchange.paused = undefined;
  }
  if (failure !== undefined) throw failure;
  return hasStopped;
}

/**
 * All places of a function's own code at which it can be stopped. The first in its text need not be the first that
 * is reached: a call in a parameter's default is passed by when there is an argument, and what follows would run.
 */
function stops(objectId: string): Debugger.BreakLocation[] {
  const { internalProperties } = post<Runtime.GetPropertiesReturnType>('Runtime.getProperties', {
    objectId,
    ownProperties: true,
  });
  const start: unknown = internalProperties?.find(({ name }) => name === '[[FunctionLocation]]')?.value
    ?.value;
  if (start === undefined) return [];
  return post<Debugger.GetPossibleBreakpointsReturnType>('Debugger.getPossibleBreakpoints', {
    start,
    restrictToFunction: true,
  }).locations;
}

/** Arguments that survive being taken apart: parameters with patterns are bound before the first instruction. */
function anything(): unknown[] {
  const any: unknown = new Proxy(() => {}, {
    get: (_target, key) =>
      key === Symbol.iterator
        ? function* () {
            for (let i = 0; i < 64; i++) yield any;
          }
        : any,
    apply: () => any,
  });
  return Array.from({ length: 16 }, () => any);
}
