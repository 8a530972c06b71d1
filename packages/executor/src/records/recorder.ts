/** Writes the records of an executor's jobs, beside the program that goes on. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Storage } from '@skein/storage';
import type { Diagnostics } from '../diagnostics.ts';
import type { JobCore } from '../job/job-core.ts';
import { BUCKET, recordKey, recordStorage } from './place.ts';
import { type RecordContext, recordText } from './record.ts';

/** Rows made before the event loop gets its turn: about a millisecond's work. */
const ROWS_A_TURN = 200;

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
  jobEnded(job: JobCore, { name, logs }: Omit<RecordContext, 'backend'>): void {
    const context = { name, logs, backend: this.#options.backend };
    const writing = this.#write(job, context).catch((error: unknown) => this.#warn(job, error));
    this.#writing.add(writing);
    void writing.then(() => this.#writing.delete(writing));
  }

  /** Resolves when every record has been written, or has failed to be. */
  async settled(): Promise<void> {
    await Promise.all(this.#writing);
  }

  async #write(job: JobCore, context: RecordContext): Promise<void> {
    this.#opened ??= this.#storage.createBucket(BUCKET);
    await this.#opened;
    const slices = recordText(job, context, ROWS_A_TURN);
    const small = job.stream || job.table.size < ROWS_A_TURN;
    await this.#storage.putObject(
      BUCKET,
      recordKey(job.executorId, job.jobId),
      small ? [...slices].join('') : inTurns(slices),
    );
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

async function* inTurns(slices: Iterable<string>): AsyncGenerator<string> {
  for (const slice of slices) {
    yield slice;
    await turn();
  }
}
