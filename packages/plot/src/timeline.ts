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
  const jobs = new Set(runs.map(({ job }) => job)).size;
  const apart = jobs > 1 && jobs <= MOST_BANDS;
  const ordered = apart ? runs : runs.toSorted((a, b) => a.start - b.start);
  const perBar = Math.ceil(runs.length / MOST_BARS);
  const bars: Bar[] = [];
  const bands: Band[] = [];
  for (let from = 0; from < ordered.length; ) {
    const { job } = ordered[from]!;
    let to = from + 1;
    while (to < ordered.length && to < from + perBar && (!apart || ordered[to]!.job === job)) to++;
    const row = bars.length;
    bars.push({ ...mostTelling(ordered, from, to), row });
    const band = bands[bands.length - 1];
    if (band?.job === job) bands[bands.length - 1] = { ...band, last: row };
    else if (apart) bands.push({ job, first: row, last: row });
    from = to;
  }
  return { bars, bands, callsPerBar: perBar };
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
