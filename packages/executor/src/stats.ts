/** Where the time of a call went. Names follow Lithops in camelCase; times in seconds, memory in bytes. */
import type { JobView } from './job/job-view.ts';

export interface CallStats {
  /** Seconds since the epoch, by the client's clock. */
  readonly hostJobCreateTstamp: number;
  /** The message with the call was handed to the worker. */
  readonly hostSubmitTstamp: number;
  /** The outcome had arrived. */
  readonly hostStatusDoneTstamp: number;
  /**
   * Seconds since the epoch, by the worker's clock; of a call that died with its worker, by the client's: when its
   * message was sent, and when the death was known.
   */
  readonly workerFuncStartTstamp: number;
  readonly workerFuncEndTstamp: number;
  readonly workerFuncExecTime: number;
  /** Of the message's calls together, shared out evenly among them. */
  readonly workerFuncCpuUserTime: number;
  readonly workerFuncCpuSystemTime: number;
  /** Bytes: the most that the worker's process has held so far. */
  readonly workerPeakMemory: number;
  /** The call was the first of its worker. */
  readonly workerColdStart: boolean;
  readonly worker: string;
  /** 1 for the first. */
  readonly attempt: number;
  /** Bytes of the message that brought the call, and of the one with its outcome, shared out evenly. */
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export function callStats(job: JobView, index: number): CallStats | undefined {
  const stats = job.table.stats(index);
  if (stats === undefined) return undefined;
  const { start, end, batch } = stats;
  return {
    hostJobCreateTstamp: job.createdTstamp / 1000,
    hostSubmitTstamp: batch.submitTstamp / 1000,
    hostStatusDoneTstamp: batch.doneTstamp / 1000,
    workerFuncStartTstamp: start / 1000,
    workerFuncEndTstamp: end / 1000,
    workerFuncExecTime: (end - start) / 1000,
    workerFuncCpuUserTime: batch.cpuUser / batch.calls,
    workerFuncCpuSystemTime: batch.cpuSystem / batch.calls,
    workerPeakMemory: batch.peakMemory,
    workerColdStart: batch.coldStart,
    worker: batch.worker,
    attempt: batch.attempt,
    bytesIn: batch.bytesIn / batch.calls,
    bytesOut: batch.bytesOut / batch.calls,
  };
}
