/** Writes the records of an executor's jobs, beside the program that goes on. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Storage } from '@skein/storage';
import type { Diagnostics } from '../diagnostics.ts';
import type { JobCore } from '../job/job-core.ts';
import { recordKey, recordStorage } from './place.ts';
import { recordText } from './record.ts';

export interface RecorderOptions {
  /** The user's; `undefined` where none is configured. */
  readonly storage: Storage | undefined;
  readonly backend: string;
  readonly diagnostics: Diagnostics;
}

export class Recorder {
  readonly #options: RecorderOptions;
  readonly #storage: Storage;
  readonly #writing = new Set<Promise<void>>();
  #opened: Promise<void> | undefined;
  #warned = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#storage = recordStorage(options.storage);
  }

  /** Writes what has become of a job that is over. It never fails: a job does not depend on its record. */
  jobEnded(job: JobCore): void {
    const writing = this.#write(job).catch((error: unknown) => this.#warn(job, error));
    this.#writing.add(writing);
    void writing.then(() => this.#writing.delete(writing));
  }

  /** Resolves when every record has been written, or has failed to be. */
  async settled(): Promise<void> {
    await Promise.all(this.#writing);
  }

  async #write(job: JobCore): Promise<void> {
    this.#opened ??= this.#storage.createBucket(this.#storage.bucket);
    await this.#opened;
    const slices = recordText(job, this.#options.backend);
    const first = slices.next().value ?? '';
    const key = recordKey(job.executorId, job.jobId);
    // Most often one slice is all there is, which a store takes at once.
    const second = slices.next();
    const body = second.done ? first : inTurns(first, second.value, slices);
    await this.#storage.putObject(this.#storage.bucket, key, body);
  }

  /** One line an executor: where one record cannot be written, the next most often cannot either. */
  #warn(job: JobCore, error: unknown): void {
    this.#opened = undefined;
    if (this.#warned) return;
    this.#warned = true;
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.diagnostics.warn(
      `the record of job ${job.executorId}-${job.jobId} could not be written: ${reason}`,
    );
  }
}

async function* inTurns(first: string, second: string, others: Iterable<string>): AsyncGenerator<string> {
  yield first;
  await turn();
  yield second;
  await turn();
  for (const slice of others) {
    yield slice;
    await turn();
  }
}
