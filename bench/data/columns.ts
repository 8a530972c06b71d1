/**
 * Columns of which one is summed. Row i has the amount `(i * 40503) mod 2^20 / 4`: the multiplier is odd, so each cycle of
 * 2^20 rows has every amount once, in an order that no encoding gains by. Quarters add up exactly, whoever adds first.
 */

export const CYCLE: number = 2 ** 20;
/** Odd, and small enough that 2^32 times it is exact. */
export const MULTIPLIER = 40_503;
/** Rows of a row group, and of a batch. */
export const GROUP: number = CYCLE / 8;
/** How many different words the column of text has. */
export const WORDS = 16;

export function amountOf(row: number): number {
  return ((row * MULTIPLIER) % CYCLE) / 4;
}
