import { encode, type FunctionEncoder } from '@skein/codec';

/** What was thrown by the user's code, as opposed to ours. */
export class Thrown {
  readonly error: unknown;
  readonly functions: FunctionEncoder;
  constructor(error: unknown, functions: FunctionEncoder) {
    this.error = error;
    this.functions = functions;
  }
}

/** What was thrown, always: fields that cannot travel are left out; what cannot travel at all says so. */
export function encodeThrown({ error, functions }: Thrown): Uint8Array {
  cutStacks(error, new Set());
  const options = { functions, root: 'error', dropped: () => {} };
  try {
    return encode(error, options).toBytes();
  } catch (refusal) {
    return encode(refusal, options).toBytes();
  }
}

/** Of a frame of this program: one file in a checkout, several in the published package. */
function isOwn(line: string): boolean {
  if (!/^\s+at /.test(line)) return false;
  return line.includes(import.meta.url) || /[\\/]dso[\\/](?:src|dist)[\\/]user[\\/]thread[\\/]/.test(line);
}

/** Takes the frames of this thread's program out of the stacks of an error, its causes and those that it gathers. */
function cutStacks(error: unknown, seen: Set<unknown>): void {
  if (!(error instanceof Error) || seen.has(error)) return;
  seen.add(error);
  const { stack } = error;
  if (typeof stack === 'string') {
    const lines = stack.split('\n');
    // Whatever lies below belongs to the thread as well: the user's code was called from there.
    const own = lines.findIndex(isOwn);
    if (own >= 0)
      // A frozen error keeps its own.
      Reflect.defineProperty(error, 'stack', {
        value: lines.slice(0, own).join('\n'),
        writable: true,
        configurable: true,
      });
  }
  cutStacks(error.cause, seen);
  if (error instanceof AggregateError) for (const one of error.errors) cutStacks(one, seen);
}
