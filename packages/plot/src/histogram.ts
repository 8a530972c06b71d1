/** How long calls took, as bins with a count for each outcome. */
import type { Outcome, Run } from './job.ts';
import { SECONDS, type TimeUnit, unitFor } from './units.ts';

const MOST_BINS = 40;
const FEWEST_BINS = 8;
/** From here on a linear scale shows one bin and emptiness. */
const LOG_RATIO = 100;

export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly outcome: Outcome;
  /** Calls of the bin up to those of this outcome: outcomes lie one upon another. */
  readonly below: number;
  readonly upTo: number;
}

export interface Histogram {
  readonly scale: 'linear' | 'log';
  /** Of everything that follows. */
  readonly unit: TimeUnit;
  readonly bins: readonly Bin[];
  /** Of the axis. */
  readonly from: number;
  readonly to: number;
}

export function histogramOf(runs: readonly Run[]): Histogram {
  const seconds = Float64Array.from(runs, ({ start, end }) => end - start).sort();
  const [least, most] = [seconds[0] ?? 0, seconds[seconds.length - 1] ?? 0];
  // A call may be shorter than its clock's tick, and has no place of its own on a logarithmic axis then.
  const tick = seconds.find((time) => time > 0) ?? 0;
  const log = tick > 0 && most / Math.max(tick, quantile(seconds, 0.5)) > LOG_RATIO;
  const unit = log ? SECONDS : unitFor(most);
  const { length } = unit;
  const bounds = log
    ? logBounds(tick, most)
    : linearBounds(least / length, most / length, binsFor(runs.length));
  return { ...bounds, unit, bins: stacked(runs, length, bounds) };
}

interface Bounds {
  readonly scale: 'linear' | 'log';
  readonly from: number;
  readonly to: number;
  readonly edges: readonly number[];
}

/** A few calls in many bins look like a comb. */
function binsFor(calls: number): number {
  return Math.min(MOST_BINS, Math.max(FEWEST_BINS, Math.ceil(2 * Math.sqrt(calls))));
}

/** From zero, unless all that is to be seen would be in a corner then. */
function linearBounds(least: number, most: number, bins: number): Bounds {
  const spread = (most - least) / most;
  const low = spread > 0.01 && spread < 0.2 ? least - most * 0.05 : 0;
  const step = roundStep((most * 1.000001 - low) / bins || 1);
  const first = Math.floor(low / step);
  const last = Math.max(first + 1, Math.ceil((most * 1.000001) / step));
  // Counted in steps: 3 * 0.1 is drawn where 0.3 is.
  const edges = Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
  return { scale: 'linear', from: edges[0]!, to: edges[edges.length - 1]!, edges };
}

/** The next of 1, 2 and 5 with any number of zeros. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5].find((one) => one * power >= least) ?? 10;
  return factor * power;
}

function logBounds(least: number, most: number): Bounds {
  const from = least / 1.1;
  const to = most * 1.1;
  const edges = Array.from({ length: MOST_BINS + 1 }, (_, i) => from * (to / from) ** (i / MOST_BINS));
  return { scale: 'log', from, to, edges };
}

const ORDER: readonly Outcome[] = ['success', 'retried', 'failed'];

function stacked(runs: readonly Run[], unit: number, { scale, from, to, edges }: Bounds): Bin[] {
  const bins = edges.length - 1;
  const counts = ORDER.map(() => new Float64Array(bins));
  for (const { start, end, outcome } of runs) {
    const time = (end - start) / unit;
    const share = scale === 'log' ? Math.log(time / from) / Math.log(to / from) : (time - from) / (to - from);
    const bin = Math.min(bins - 1, Math.max(0, Math.floor(share * bins)));
    counts[ORDER.indexOf(outcome)]![bin]!++;
  }
  const filled: Bin[] = [];
  for (let bin = 0; bin < bins; bin++) {
    let below = 0;
    for (const [at, outcome] of ORDER.entries()) {
      const upTo = below + counts[at]![bin]!;
      if (upTo > below) filled.push({ from: edges[bin]!, to: edges[bin + 1]!, outcome, below, upTo });
      below = upTo;
    }
  }
  return filled;
}

/** Between the nearest ranks, as numpy and Vega do it. */
export function quantile(sorted: Float64Array, share: number): number {
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)];
  if (below === undefined) return 0;
  const above = sorted[Math.ceil(at)] ?? below;
  return below + (above - below) * (at - Math.floor(at));
}
