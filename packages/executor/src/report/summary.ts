/** What jobs took, a row a job. */
import type { NamedMetrics } from '@skein/codec';
import type { BackendBase } from '../backend/backend.ts';
import type { JobView } from '../job/job-view.ts';
import { callStats } from '../stats.ts';

/** Times in seconds, memory and sizes in bytes. What is not known, as of a job without a finished call, is `undefined`. */
export interface JobSummary {
  readonly executorId: string;
  readonly jobId: string;
  /** As the user calls it, else that of the function; `(anonymous)` where it has none. */
  readonly name: string;
  /** Calls so far: inputs that were read. */
  readonly calls: number;
  /** Calls with an outcome. */
  readonly settled: number;
  readonly failures: number;
  /** Attempts after the first, of all calls. */
  readonly retries: number;
  /** Workers whose first call was one of these. */
  readonly coldStarts: number;
  /** From the job's creation to its last outcome, or to now while it runs. */
  readonly wallTime: number;
  /** Within the function, of all calls together. */
  readonly totalExecTime: number;
  readonly meanExecTime: number | undefined;
  readonly p50ExecTime: number | undefined;
  readonly p95ExecTime: number | undefined;
  readonly maxExecTime: number | undefined;
  readonly cpuUserTime: number;
  readonly cpuSystemTime: number;
  /** The most that a worker of the job has held. */
  readonly peakMemory: number | undefined;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Where the backend has prices. An estimate: the time within the function, with its `runtimeMemory`, else what its worker held. */
  readonly cost: Cost | undefined;
  /**
   * What handles, such as caches, have counted in the workers that ran the job, by what they are. What a worker has counted since
   * its last outcome goes with it when it dies.
   */
  readonly metrics: NamedMetrics;
}

export interface Cost {
  readonly amount: number;
  readonly currency: string;
}

export type Price = NonNullable<BackendBase['price']>;

const GB = 2 ** 30;

/** Of a stream, whose calls are forgotten when they are read, only what is left of them is summed up. */
export function jobSummary(job: JobView, price: Price | undefined): JobSummary {
  const { table } = job;
  const times: number[] = [];
  const cold = new Set<string>();
  let retries = 0;
  let total = 0;
  let cpuUserTime = 0;
  let cpuSystemTime = 0;
  let peakMemory = 0;
  let bytesIn = 0;
  let bytesOut = 0;
  let gbSeconds = 0;
  for (let index = 0; index < table.size; index++) {
    retries += Math.max(0, table.attempt(index) - 1);
    const stats = callStats(job, index);
    if (stats === undefined) continue;
    const took = Math.max(0, stats.workerFuncExecTime);
    times.push(took);
    total += took;
    if (stats.workerColdStart) cold.add(stats.worker);
    cpuUserTime += stats.workerFuncCpuUserTime;
    cpuSystemTime += stats.workerFuncCpuSystemTime;
    peakMemory = Math.max(peakMemory, stats.workerPeakMemory);
    bytesIn += stats.bytesIn;
    bytesOut += stats.bytesOut;
    gbSeconds += took * ((job.runtimeMemory ?? stats.workerPeakMemory) / GB);
  }
  const sorted = Float64Array.from(times).sort();
  const known = sorted.length > 0;
  return {
    executorId: job.executorId,
    jobId: job.jobId,
    name: job.name,
    calls: table.size,
    settled: table.settled,
    failures: table.failed,
    retries,
    coldStarts: cold.size,
    wallTime: ((job.finishedTstamp ?? Date.now()) - job.createdTstamp) / 1000,
    totalExecTime: job.stream ? job.execMs / 1000 : total,
    meanExecTime: known ? total / sorted.length : undefined,
    p50ExecTime: quantile(sorted, 0.5),
    p95ExecTime: quantile(sorted, 0.95),
    maxExecTime: sorted[sorted.length - 1],
    cpuUserTime,
    cpuSystemTime,
    peakMemory: known ? peakMemory : undefined,
    bytesIn,
    bytesOut,
    cost: price && {
      amount: gbSeconds * price.perGbSecond + sorted.length * price.perCall,
      currency: price.currency,
    },
    metrics: job.metrics.all(),
  };
}

/** Between the nearest ranks, as numpy does it. */
function quantile(sorted: Float64Array, share: number): number | undefined {
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)];
  const above = sorted[Math.ceil(at)];
  return below === undefined || above === undefined ? undefined : below + (above - below) * (at % 1);
}
