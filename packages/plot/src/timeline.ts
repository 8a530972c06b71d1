/** Calls as bars, in order of their start: one a call, or one for several where there are more than can be seen. */
import type { Run } from './job.ts';

/** More bars than this are too thin to be told apart. */
const MOST_BARS = 210;
/** More jobs than this are not told apart: their calls lie in one order of start. */
const MOST_BANDS = 12;

export interface Bar extends Run {
  /** Position from the top. */
  readonly row: number;
}

/** Where the bars of one job lie. */
export interface Band {
  readonly job: number;
  readonly first: number;
  readonly last: number;
}

export interface Timeline {
  readonly bars: readonly Bar[];
  /** Empty when there is one job, or too many. */
  readonly bands: readonly Band[];
  /** The most calls that one bar stands for. */
  readonly callsPerBar: number;
}

/** @param runs by job, and within each by start */
export function timelineOf(runs: readonly Run[]): Timeline {
  const jobs = new Set(runs.map(({ job }) => job));
  const apart = jobs.size > 1 && jobs.size <= MOST_BANDS;
  const groups = apart
    ? [...jobs].map((job) => runs.filter((run) => run.job === job))
    : [runs.toSorted((a, b) => a.start - b.start)];
  const room = fairShares(groups.map(({ length }) => length));
  const bars: Bar[] = [];
  const bands: Band[] = [];
  let callsPerBar = 1;
  for (const [at, group] of groups.entries()) {
    const perBar = Math.ceil(group.length / room[at]!);
    const first = bars.length;
    for (let from = 0; from < group.length; from += perBar)
      bars.push({ ...mostTelling(group, from, Math.min(group.length, from + perBar)), row: bars.length });
    if (apart) bands.push({ job: group[0]!.job, first, last: bars.length - 1 });
    callsPerBar = Math.max(callsPerBar, perBar);
  }
  return { bars, bands, callsPerBar };
}

/** A job of ten calls keeps its ten bars beside one of a million: who needs less than the others leaves them the rest. */
function fairShares(calls: readonly number[]): number[] {
  const shares = calls.map(() => 0);
  let left = MOST_BARS;
  const smallestFirst = calls.map((_, at) => at).toSorted((a, b) => calls[a]! - calls[b]!);
  for (const [i, at] of smallestFirst.entries()) {
    shares[at] = Math.min(calls[at]!, Math.floor(left / (calls.length - i)));
    left -= shares[at]!;
  }
  return shares;
}

const weight = { success: 0, retried: 1, failed: 2 } as const;

/** What nobody should overlook: a failure, else a retry, else the longest call. */
function mostTelling(runs: readonly Run[], from: number, to: number): Run {
  let best = runs[from]!;
  for (let i = from + 1; i < to; i++) {
    const run = runs[i]!;
    const more = weight[run.outcome] - weight[best.outcome];
    if (more > 0 || (more === 0 && run.end - run.start > best.end - best.start)) best = run;
  }
  return best;
}
