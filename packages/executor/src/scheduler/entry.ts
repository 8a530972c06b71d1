/** A job as the scheduler holds it. */
import type { JobCore } from '../job/job-core.ts';
import type { ResolvedLimits } from '../options.ts';
import type { Pace } from './pace.ts';
import type { JobTransport } from './transport.ts';

/** What a job asks of its workers. */
export interface JobTerms {
  /** Calls a message, where the user says it. */
  readonly chunksize: number | undefined;
  readonly limits: ResolvedLimits;
  /** A straggler may run a second time. */
  readonly speculate: boolean;
  /** Each call runs in a worker of its own, which has run nothing before. */
  readonly isolated: boolean;
  /** Calls of jobs that count them after which a worker is replaced; 1 where they are isolated. */
  readonly maxCallsPerWorker: number;
}

export interface Entry extends Omit<JobTerms, 'chunksize'> {
  readonly job: JobCore;
  readonly pace: Pace;
  /** By call, the latest attempt of which a second one was begun. */
  readonly overtaken: Map<number, number>;
  transport: JobTransport | undefined;
  /** Workers are to load it before it has calls to run. */
  prepared: boolean;
}
