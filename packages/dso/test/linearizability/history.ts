/**
 * Histories: what concurrent clients asked of an object, what they were told, and when. The checker reads them; tests record
 * them, merge them and keep them as JSON.
 */

/** What a history can hold: it has to survive a file, and be read by the checker written in Go. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** One call of one client. Times are nanoseconds of one clock; only their order counts. */
interface Call<I> {
  /** Who called, for explanations: the checker derives nothing from it. */
  readonly client: string;
  readonly call: number;
  readonly input: I;
}

/** The client was told an output: the operation took effect at one moment in `[call, return]`, both included. */
export interface ReturnedOperation<I, O> extends Call<I> {
  readonly return: number;
  readonly output: O;
}

/**
 * The client does not know: a lost reply, a process that was killed, a call that is still open. The operation took effect
 * at any moment after `call`, or never.
 */
export interface UnknownOperation<I> extends Call<I> {
  readonly return: undefined;
}

export type Operation<I, O> = ReturnedOperation<I, O> | UnknownOperation<I>;
export type History<I, O> = readonly Operation<I, O>[];

/**
 * Nanoseconds of the monotonic clock. On Linux all processes of one machine read the same one, so that histories of several
 * can be merged. Beyond 104 days of uptime a number rounds to two nanoseconds: that makes ties, and a tie counts as concurrent.
 */
export const monotonicClock = (): number => Number(process.hrtime.bigint());

/** One history of several processes', in the order of calls. Their clocks must be comparable. */
export function mergeHistories<I, O>(histories: Iterable<History<I, O>>): History<I, O> {
  return [...histories].flat().sort((one, other) => one.call - other.call);
}

/** As JSON: an array of operations, whose `return` is `null` where the outcome is unknown. */
export function historyToJson<I extends Json, O extends Json>(history: History<I, O>): string {
  return JSON.stringify(
    history.map((operation) => (operation.return === undefined ? { ...operation, return: null } : operation)),
  );
}

/**
 * The reverse of {@link historyToJson}. Who names the types vouches for them: only the frame is checked.
 *
 * @throws TypeError that names the first operation which is none.
 */
export function historyFromJson<I extends Json, O extends Json>(text: string): History<I, O> {
  const parsed: unknown = JSON.parse(text);
  if (!Array.isArray(parsed)) throw new TypeError('a history is an array of operations');
  return parsed.map((entry: unknown, index) => {
    if (!isFrame(entry)) throw new TypeError(`history[${index}] is no operation: ${JSON.stringify(entry)}`);
    const { client, call, input } = entry;
    const common = { client, call, input: input as I };
    return entry.return === null
      ? { ...common, return: undefined }
      : { ...common, return: entry.return, output: entry.output as O };
  });
}

interface Frame {
  readonly client: string;
  readonly call: number;
  readonly return: number | null;
  readonly input: unknown;
  readonly output?: unknown;
}

function isFrame(entry: unknown): entry is Frame {
  if (typeof entry !== 'object' || entry === null) return false;
  const { client, call, return: returned, input, output } = entry as Partial<Record<keyof Frame, unknown>>;
  return (
    typeof client === 'string' &&
    typeof call === 'number' &&
    input !== undefined &&
    (returned === null || (typeof returned === 'number' && returned >= call && output !== undefined))
  );
}
