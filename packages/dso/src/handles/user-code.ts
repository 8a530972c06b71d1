/** Functions and classes of the user's, on their way to the server that runs them. */

import { callerOf, detailsOf } from '../client/caller.ts';
import { now } from '../client/clock.ts';
import type { Link } from '../client/link.ts';
import { DsoError, NestedCallError } from '../errors.ts';
import { codeValue } from '../objects/code.ts';
import { isWithinMethod } from '../process-state.ts';
import type { CodeText } from '../user/code.ts';
import { shipCode } from '../user/ship.ts';
import type { Value } from '../value/value.ts';
import { usersError } from './users-error.ts';

/** A piece of code that is or was on its way over a connection. */
interface Sending {
  readonly order: number;
  /** Whether the connection lasted for so long. */
  readonly arrived: Promise<boolean>;
  done: boolean;
}

const sendings = new WeakMap<Link, Map<string, Sending>>();
let lastOrder = 0;

/** How often more than it has pieces of code a call is tried, besides broken connections: nodes drop code to make room. */
const MORE_ATTEMPTS = 2;

/**
 * Does a call for which the node needs code: sends what it says is missing, and does it again.
 * @param linkOf to the node, which may only be known once the call has come to it
 */
export async function callSending<T>(
  linkOf: () => Link,
  codes: readonly CodeText[],
  call: () => Promise<T>,
): Promise<T> {
  // Each refusal names one piece that is missing.
  for (let left = codes.length + MORE_ATTEMPTS; ; ) {
    const since = lastOrder;
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof DsoError) || error.code !== 'need-code' || left === 0) throw error;
      const text = codes.find(({ hash }) => hash === detailsOf(error));
      if (text === undefined) throw error;
      // The connection may break as often as it likes: the call's own time is what limits that.
      if (await send(linkOf(), text, since)) left--;
    }
  }
}

/** Has the node have code before the call that needs it, so that the calls after that one do not overtake it. */
export async function sendAhead(link: Link, codes: readonly CodeText[]): Promise<void> {
  for (const text of codes) await send(link, text, 0);
}

/** Sends code unless it is under way, or was sent after a moment: calls that miss it together send it once. */
function send(link: Link, text: CodeText, since: number): Promise<boolean> {
  let known = sendings.get(link);
  if (known === undefined) {
    known = new Map();
    sendings.set(link, known);
  }
  const before = known.get(text.hash);
  if (before !== undefined && (!before.done || before.order > since)) return before.arrived;
  const sending: Sending = {
    order: ++lastOrder,
    // If the connection breaks, the node says once more that it is missing.
    arrived: link
      .sendCode(text.hash, Buffer.from(JSON.stringify(text)))
      .then(
        () => true,
        (error: unknown) => !(error instanceof DsoError && error.code === 'not-connected'),
      )
      .then((arrived) => {
        sending.done = true;
        return arrived;
      }),
    done: false,
  };
  known.set(text.hash, sending);
  return sending.arrived;
}

/** A call of an operation that takes a function. What the function throws is thrown here. */
export async function callWithCode(
  fn: Function,
  linkOf: () => Link,
  call: (code: Value) => Promise<Value>,
): Promise<Value> {
  if (typeof fn !== 'function')
    throw new DsoError('bad-argument', `a function is expected, not ${String(fn)}`);
  // Said before the function is captured: that would fail for other reasons.
  if (isWithinMethod())
    throw new NestedCallError('a shared object was called within a method of another one');
  const caller = callerOf(now());
  const shipped = await shipCode(fn);
  const code = codeValue(shipped.ref);
  try {
    return await callSending(linkOf, [shipped.code], () => call(code));
  } catch (error) {
    throw usersError(error, shipped, caller);
  }
}
