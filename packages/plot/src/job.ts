/** What is drawn: calls with the times of their steps. The shape is all that is asked for, so that any source will do. */

/** How a call stands: the last four are ends. */
export type PlottedState = 'new' | 'invoked' | 'success' | 'error' | 'lost' | 'cancelled';

/** Times are seconds since the epoch; a step that has not happened, or of which nobody knows, has none. */
export interface PlottedCall {
  readonly index: number;
  readonly state: PlottedState;
  /** What the worker is called: only how many there are is shown. */
  readonly worker?: string | undefined;
  /** 1 for the first. */
  readonly attempt?: number | undefined;
  /** The call was handed to its worker. */
  readonly submitTstamp?: number | undefined;
  /** The function began, and ended. */
  readonly startTstamp?: number | undefined;
  readonly endTstamp?: number | undefined;
  /** The result was known. */
  readonly doneTstamp?: number | undefined;
}

export interface PlottedJob {
  readonly jobId: string;
  /** Of the function. */
  readonly name: string;
  readonly createdTstamp: number;
  readonly calls: readonly PlottedCall[];
}

/** How a call that ended is coloured. */
export type Outcome = 'success' | 'retried' | 'failed';

/** A call whose steps are known, in seconds since the first job's creation. */
export interface Run {
  /** Position of its job among those that are drawn. */
  readonly job: number;
  readonly index: number;
  readonly outcome: Outcome;
  readonly submit: number;
  readonly start: number;
  readonly end: number;
  readonly done: number;
}

export interface Runs {
  /** By job, and within each by start. */
  readonly runs: readonly Run[];
  /** What zero is, in seconds since the epoch. */
  readonly origin: number;
}

export const isFailed = ({ state }: PlottedCall): boolean =>
  state === 'error' || state === 'lost' || state === 'cancelled';

export const isSettled = (call: PlottedCall): boolean => call.state === 'success' || isFailed(call);

export const isRetried = ({ attempt }: PlottedCall): boolean => attempt !== undefined && attempt > 1;

/** @throws {TypeError} when something that has to be drawn is missing, or is no time. */
export function runsOf(jobs: readonly PlottedJob[]): Runs {
  checkJobs(jobs);
  const origin = jobs.reduce((least, job) => Math.min(least, job.createdTstamp), Number.POSITIVE_INFINITY);
  const runs: Run[] = [];
  for (const [job, { calls }] of jobs.entries()) {
    for (const call of calls) {
      const run = runOf(job, call, origin);
      if (run !== undefined) runs.push(run);
    }
  }
  runs.sort((a, b) => a.job - b.job || a.start - b.start || a.index - b.index);
  return { runs, origin };
}

/** Two clocks are compared here, the client's and a worker's: no step is drawn before the one that it follows. */
function runOf(job: number, call: PlottedCall, origin: number): Run | undefined {
  const { startTstamp, endTstamp } = call;
  if (startTstamp === undefined || endTstamp === undefined) return undefined;
  const submit = (call.submitTstamp ?? startTstamp) - origin;
  const start = Math.max(submit, startTstamp - origin);
  const end = Math.max(start, start + endTstamp - startTstamp);
  const done = Math.max(end, (call.doneTstamp ?? endTstamp) - origin);
  const outcome = isFailed(call) ? 'failed' : isRetried(call) ? 'retried' : 'success';
  return { job, index: call.index, outcome, submit, start, end, done };
}

const STEPS = ['submitTstamp', 'startTstamp', 'endTstamp', 'doneTstamp'] as const;

function checkJobs(jobs: readonly PlottedJob[]): void {
  if (!Array.isArray(jobs)) throw new TypeError(`jobs is an array of jobs; got ${describe(jobs)}`);
  for (const [at, job] of jobs.entries()) {
    if (typeof job !== 'object' || job === null || !Array.isArray(job.calls))
      throw new TypeError(`jobs[${at}] is a job with an array of calls; got ${describe(job)}`);
    checkTime(`jobs[${at}].createdTstamp`, job.createdTstamp);
    for (const [i, call] of job.calls.entries()) {
      for (const step of STEPS)
        if (call[step] !== undefined) checkTime(`jobs[${at}].calls[${i}].${step}`, call[step]);
    }
  }
}

function checkTime(name: string, value: unknown): void {
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new TypeError(`${name} is a number of seconds since the epoch; got ${describe(value)}`);
}

function describe(value: unknown): string {
  if (typeof value === 'string') return `the string '${value}'`;
  return typeof value === 'object' && value !== null ? 'an object without one' : String(value);
}
