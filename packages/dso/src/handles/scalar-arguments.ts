/** Arguments of scalars and of what parties meet at, checked before anything is sent. */
import { expected } from './collection-arguments.ts';

/** A whole number that a number holds exactly. */
export function integer(what: string, value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  const isWhole = typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));
  throw expected(
    what,
    `a whole number within ±(2^53 - 1)${isWhole ? ' (an AtomicLong counts bigints)' : ''}`,
    value,
  );
}

/** Bits that an AtomicLong may have. */
const MAX_BITS = 4096;
const LIMIT = 1n << BigInt(MAX_BITS);

/** A bigint; whole numbers are taken for one. */
export function long(what: string, value: unknown): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value === 'bigint' && value < LIMIT && value > -LIMIT) return value;
  throw expected(what, `a bigint of at most ${MAX_BITS} bits, or a whole number within ±(2^53 - 1)`, value);
}

export function boolean(what: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw expected(what, 'true or false', value);
}

/**
 * Bytes, copied: a call may be sent again, and a large message is sent as it lies in memory, when the caller has long
 * changed its own.
 */
export function bytesOf(what: string, value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  throw expected(what, 'a Uint8Array', value);
}

export function text(what: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw expected(what, 'a string', value);
}

/** Who calls, for objects at which parties meet. */
export interface PlaceOptions {
  /**
   * Which of the parties this is, 0 to parties - 1: a call that runs again, with the same rank and round, is the same
   * party, not another one.
   * @default each call is another party
   */
  readonly rank?: number | undefined;
  /**
   * The round that is meant, from 0. Without it a call that runs again after its round is over counts for the next.
   * @default the current one
   */
  readonly round?: number | undefined;
}

export function placeOf({
  rank,
  round,
}: PlaceOptions): readonly [rank: number | undefined, round: number | undefined] {
  for (const [what, value] of [
    ['rank', rank],
    ['round', round],
  ] as const) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0))
      throw expected(what, 'a whole number, 0 or more', value);
  }
  return [rank, round];
}
