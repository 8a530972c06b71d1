/** How many calls ran at each moment. */
import type { Run } from './job.ts';

/** Steps that a picture can show. */
const MOST_STEPS = 400;

export interface Step {
  readonly at: number;
  /** Calls that ran from here to the next step. */
  readonly running: number;
}

export interface Running {
  readonly steps: readonly Step[];
  readonly most: number;
  /** Seconds that each step is the mean of; `undefined` where every change is a step. */
  readonly meanOver: number | undefined;
}

export function runningOf(runs: readonly Run[]): Running {
  const steps = changes(runs);
  const most = steps.reduce((max, { running }) => Math.max(max, running), 0);
  if (steps.length <= MOST_STEPS) return { steps, most, meanOver: undefined };
  const { means, over } = meansOf(steps);
  return { steps: means, most, meanOver: over };
}

function changes(runs: readonly Run[]): Step[] {
  const starts = Float64Array.from(runs, ({ start }) => start).sort();
  const ends = Float64Array.from(runs, ({ end }) => end).sort();
  const steps: Step[] = [];
  for (let s = 0, e = 0; e < ends.length; ) {
    const at = Math.min(starts[s] ?? Number.POSITIVE_INFINITY, ends[e]!);
    while (s < starts.length && starts[s] === at) s++;
    while (e < ends.length && ends[e] === at) e++;
    steps.push({ at, running: s - e });
  }
  return steps;
}

/** Weighted by time: what starts and ends between two pixels counts for as long as it ran. */
function meansOf(steps: readonly Step[]): { means: Step[]; over: number } {
  const from = steps[0]!.at;
  const over = (steps[steps.length - 1]!.at - from) / MOST_STEPS;
  const sums = new Float64Array(MOST_STEPS);
  for (let i = 0; i + 1 < steps.length; i++) {
    const { at, running } = steps[i]!;
    const until = steps[i + 1]!.at;
    for (let bin = binAt(at); bin <= binAt(until); bin++) {
      const overlap = Math.min(until, from + (bin + 1) * over) - Math.max(at, from + bin * over);
      if (overlap > 0) sums[bin]! += overlap * running;
    }
  }
  const means = Array.from(sums, (sum, bin) => ({ at: from + bin * over, running: sum / over }));
  return { means: [...means, { at: from + MOST_STEPS * over, running: 0 }], over };

  function binAt(at: number): number {
    return Math.min(MOST_STEPS - 1, Math.floor((at - from) / over));
  }
}
