/** What finished jobs have stored and nobody needs any more, while others may still run. */
import type { Removed } from '@skein/cloudobject/temporary';
import { JobCore } from '../job/job-core.ts';
import type { JobView } from '../job/job-view.ts';
import { StoredResult } from '../job/stored-result.ts';
import type { CodeStore } from '../scheduler/code-store.ts';
import type { DataPart, TemporaryData } from './temporary-data.ts';

export class FinishedJobs {
  readonly #data: TemporaryData;
  readonly #codes: CodeStore;
  /** Of whom nothing is left. */
  readonly #gone = new Set<string>();

  constructor(data: TemporaryData, codes: CodeStore) {
    this.#data = data;
    this.#codes = codes;
  }

  async clean(jobs: readonly JobView[], signal: AbortSignal | undefined): Promise<Removed> {
    const finished = jobs.filter((job) => job.done);
    const idle = finished.length === jobs.length;
    const left = finished.filter((job) => !this.#gone.has(job.jobId));
    const whole = new Set(left.filter((job) => releaseResults(job, !idle)));
    const parts: DataPart[] = left.map((job) =>
      whole.has(job) ? { name: job.jobId } : { name: job.jobId, except: 'result' },
    );
    // Code is what jobs have in common: it is not needed until the next one comes.
    const removed = await (idle
      ? this.#codes.clear((names) =>
          this.#data.remove([...parts, ...names.map((name) => ({ name }))], signal),
        )
      : this.#data.remove(parts, signal));
    for (const { jobId } of whole) this.#gone.add(jobId);
    return removed;
  }
}

/** Whether the job's results may go; `false` where one is still to be read, by the user or (`others`) by calls. */
function releaseResults(job: JobView, others: boolean): boolean {
  if (!(job instanceof JobCore)) return true; // they have been read
  if (job.stream) return false; // its results go as they are read, and cannot be looked through
  const stored: StoredResult[] = [];
  for (let index = 0; index < job.table.size; index++) {
    const held = job.table.value(index);
    if (held instanceof StoredResult) stored.push(held);
  }
  if (!stored.every((result) => result.isFree(others))) return false;
  for (const result of stored) result.release();
  return true;
}
