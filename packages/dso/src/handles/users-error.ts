/** What user code threw at the server, as the caller knows it. */
import { decode, type FunctionDecoder } from '@skein/codec';
import { type callerOf, detailsOf, withCaller } from '../client/caller.ts';
import { DsoError } from '../errors.ts';
import { type CodeMap, type KnownCode, mapStack } from '../user/ship.ts';

/**
 * The user's own error: of the user's class, with the user's lines where it was thrown, and below them the line that
 * called. Other errors are themselves.
 *
 * @param known what the caller knows of the code; without it, an error of a class of the user's comes as a plain `Error`
 *   with its message and fields
 */
export function usersError(
  error: unknown,
  known: KnownCode | undefined,
  caller?: ReturnType<typeof callerOf>,
): unknown {
  if (!(error instanceof DsoError)) return error;
  const thrown = detailsOf(error);
  // The stack that the connection took begins after what was awaited for the code.
  withCaller(error, caller);
  if (error.code !== 'user-code-failed' || !(thrown instanceof Uint8Array)) return error;
  const original = read(thrown, known?.functions);
  if (original === undefined) return error;
  mapStacks(original.value, known?.maps ?? [], new Set());
  if (original.value instanceof Error) addFrames(original.value, error);
  return original.value;
}

function read(
  thrown: Uint8Array,
  functions: FunctionDecoder | undefined,
): { readonly value: unknown } | undefined {
  for (const known of functions === undefined ? [standIn] : [functions, standIn]) {
    try {
      return { value: decode(thrown, { functions: known }) };
    } catch {
      // With less that is known, if there is less.
    }
  }
  return undefined;
}

/** For who does not have the classes of an error: its message and its fields are more than nothing. */
const standIn: FunctionDecoder = {
  create: () => class extends Error {},
  fill() {},
  allocate: (prototype) => Object.create(prototype) as object,
  setPrivates() {},
  reference: () => class extends Error {},
};

/** The stacks of an error, its causes and those that it gathers. */
function mapStacks(error: unknown, maps: readonly CodeMap[], seen: Set<unknown>): void {
  if (!(error instanceof Error) || seen.has(error)) return;
  seen.add(error);
  if (typeof error.stack === 'string') setStack(error, mapStack(error.stack, maps));
  mapStacks(error.cause, maps, seen);
  if (error instanceof AggregateError) for (const one of error.errors) mapStacks(one, maps, seen);
}

function addFrames(original: Error, call: Error): void {
  const frames = call.stack?.split('\n').filter((line) => /^\s*at /.test(line)) ?? [];
  if (frames.length > 0) setStack(original, `${original.stack ?? String(original)}\n${frames.join('\n')}`);
}

/** One that is frozen keeps its own. */
function setStack(error: Error, stack: string): void {
  Reflect.defineProperty(error, 'stack', {
    value: stack,
    writable: true,
    configurable: true,
    enumerable: false,
  });
}
