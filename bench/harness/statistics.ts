/** Medians, since a shared machine has outliers in one direction only; and ratios within rounds, since it drifts. */

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)];
  const lower = sorted[Math.ceil(middle) - 1];
  if (upper === undefined || lower === undefined) throw new RangeError('median of no values');
  return (lower + upper) / 2;
}

export function spread(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/**
 * One ratio a round. Dividing neighbours in time, rather than two medians, cancels what slows a whole round
 * (another program, a lower clock), and its spread says how far a single comparison can be trusted.
 */
export function ratios(numerators: readonly number[], denominators: readonly number[]): number[] {
  if (numerators.length !== denominators.length) {
    throw new RangeError(`ratios of ${numerators.length} rounds to ${denominators.length}`);
  }
  return numerators.map((numerator, round) => numerator / denominators[round]!);
}

/** As {@link ratios}, for what is not worth comparing in parts of itself. */
export function differences(figures: readonly number[], others: readonly number[]): number[] {
  if (figures.length !== others.length) {
    throw new RangeError(`differences of ${figures.length} rounds to ${others.length}`);
  }
  return figures.map((figure, round) => figure - others[round]!);
}

/**
 * Median of the later half of the rounds by that of the earlier half: far from 1, the warm-up was too short
 * or the machine changed under the run, and the medians describe neither state.
 */
export function drift(values: readonly number[]): number {
  const half = Math.floor(values.length / 2);
  if (half === 0) return 1;
  return median(values.slice(-half)) / median(values.slice(0, half));
}
