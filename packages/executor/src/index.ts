export type { Removed } from '@skein/cloudobject/temporary';
export type { CallContext, CallLog } from './call-context.ts';
export { currentCall } from './call-context.ts';
export type { CleanLeftoversOptions, KeptLeftover, Leftovers, RemovedLeftover } from './clean/leftovers.ts';
export { cleanLeftovers } from './clean/leftovers.ts';
export type { ExecutorErrorCode, LossReason } from './errors.ts';
export {
  BundleError,
  CallCancelledError,
  CallTimeoutError,
  CaptureError,
  ConfigError,
  ExecutorError,
  InputError,
  WaitTimeoutError,
  WorkerLostError,
} from './errors.ts';
export { FunctionExecutor } from './function-executor.ts';
export type { CallStateName } from './job/call-table.ts';
export type { Completed, JobProgress } from './job/job.ts';
export { Job } from './job/job.ts';
export type { ReduceStages } from './job/reduce-job.ts';
export { ReduceJob } from './job/reduce-job.ts';
export { ResponseFuture } from './job/response-future.ts';
export type { Settled, SettledOptions, WaitedFor } from './job/waiting.ts';
export type { ExecutorConfig, ExecutorOptions, LocalhostOptions, LogLevel } from './options.ts';
export { resolveExecutorConfig } from './options.ts';
export type { CallRecord, JobRecord, JobRecordHead, RecordedError } from './records/record.ts';
export type { JobRecordSummary, RecordsOptions } from './records/records.ts';
export { openRecords, Records } from './records/records.ts';
export type { MimeBundle } from './report/display.ts';
export { jupyterDisplay } from './report/display.ts';
export type { Cost, JobSummary } from './report/summary.ts';
export type { CallStats } from './stats.ts';
export type {
  CallLimits,
  CallOptions,
  CallSource,
  CancelOptions,
  CombineOptions,
  Data,
  GroupInput,
  GroupKey,
  GroupOptions,
  Item,
  MapOptions,
  NoContext,
  Pairs,
  ReduceOptions,
  Values,
  WaitOptions,
} from './types.ts';
export { withExecutor } from './with-executor.ts';
