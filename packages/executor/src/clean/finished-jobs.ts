/** What finished jobs have stored and nobody needs any more, while others may still run. */
import type { JobCore } from '../job/job-core.ts';
import { StoredResult } from '../job/stored-result.ts';
import type { CodeStore } from '../scheduler/code-store.ts';
import type { Removed } from './remove-tree.ts';
import type { DataPart, TemporaryData } from './temporary-data.ts';

export class FinishedJobs {
  readonly #data: TemporaryData;
  readonly #codes: CodeStore;
  /** Of whom nothing is left. */
  readonly #gone = new Set<JobCore>();

  constructor(data: TemporaryData, codes: CodeStore) {
    this.#data = data;
    this.#codes = codes;
  }

  async clean(jobs: readonly JobCore[], signal: AbortSignal | undefined): Promise<Removed> {
    const finished = jobs.filter((job) => job.done);
    const idle = finished.length === jobs.length;
    const left = finished.filter((job) => !this.#gone.has(job));
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
    for (const job of whole) this.#gone.add(job);
    return removed;
  }
}

/** Whether the job's results may go; `false` where one is still to be read, by the user or (`others`) by calls. */
function releaseResults(job: JobCore, others: boolean): boolean {
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
