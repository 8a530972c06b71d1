import type { MetricsSum } from '@skein/codec';
import type { CallTable } from './call-table.ts';

/** What can be told of a job when its results are with whoever has read them: how its calls ran. */
export interface JobView {
  readonly executorId: string;
  readonly jobId: string;
  /** Which one of its executor it is, from 0. */
  readonly ordinal: number;
  /** As the user calls it, else that of the function. */
  readonly name: string;
  readonly stream: boolean;
  readonly table: CallTable;
  readonly createdTstamp: number;
  readonly finishedTstamp: number | undefined;
  readonly length: number | undefined;
  readonly done: boolean;
  readonly cancelled: boolean;
  /** Bytes that each call was given, where somebody said so. */
  readonly runtimeMemory: number | undefined;
  /** Time within the user's function, summed over all calls, milliseconds. */
  readonly execMs: number;
  /** What handles have counted in the workers that ran it. */
  readonly metrics: MetricsSum;
}
