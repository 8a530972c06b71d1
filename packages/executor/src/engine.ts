/** What an executor sets up when it is first used: by then its configuration is known. */
import { stopBundler } from '@skein/closure';
import { encode } from '@skein/codec';
import { Storage } from '@skein/storage';
import type { Backend } from './backend/backend.ts';
import { localhost } from './backend/localhost/localhost.ts';
import { subprocess } from './backend/subprocess.ts';
import { FinishedJobs } from './clean/finished-jobs.ts';
import type { Removed } from './clean/remove-tree.ts';
import { TemporaryData } from './clean/temporary-data.ts';
import { Diagnostics } from './diagnostics.ts';
import type { JobCore } from './job/job-core.ts';
import type { OutputTerms } from './logs/output-terms.ts';
import { outputTerms } from './logs/routes.ts';
import type { ResolvedLimits, ResolvedOptions } from './options.ts';
import { BUCKET } from './records/place.ts';
import { Recorder } from './records/recorder.ts';
import { CodeStore } from './scheduler/code-store.ts';
import { ChannelLink, type Link, type LinkEvents } from './scheduler/link.ts';
import { Scheduler } from './scheduler/scheduler.ts';
import { StorageLink } from './scheduler/storage-link.ts';
import { Scratch } from './scratch.ts';
import { type AgentPayload, PROTOCOL_VERSION } from './wire/payload.ts';

/** Arguments, results and captured values up to this many bytes ride in messages; larger ones become objects. */
export const INLINE_BYTES: number = 1024 * 1024;

export class Engine {
  readonly backend: Backend;
  readonly scheduler: Scheduler;
  readonly codes: CodeStore;
  /** Where the option `records` is set. */
  readonly recorder: Recorder | undefined;
  readonly bucket: string = BUCKET;
  readonly prefix: string;
  readonly limits: ResolvedLimits;
  readonly #executorId: string;
  readonly #scratch = new Scratch();
  readonly #storage: Storage;
  readonly #data: TemporaryData;
  readonly #finished: FinishedJobs;
  #agentStorage: string | undefined;
  readonly #output: OutputTerms;
  #workerNumber = 0;

  constructor(executorId: string, options: ResolvedOptions) {
    this.#executorId = executorId;
    this.prefix = `jobs/${executorId}`;
    this.limits = options.limits;
    this.#storage = options.storage ?? new Storage({ kind: 'fs', root: `${this.#scratch.path}/storage` });
    this.backend =
      options.backend === 'localhost'
        ? localhost(options.isolation, this.#scratch.path)
        : subprocess(this.#scratch.path);
    this.#output = outputTerms(options, this.backend.kind === 'channel');
    this.codes = new CodeStore(this);
    const diagnostics = new Diagnostics(options.logLevel);
    this.#data = new TemporaryData({
      storage: this.#storage,
      bucket: this.bucket,
      prefix: this.prefix,
      lasting: options.storage !== undefined,
      diagnostics,
    });
    this.#finished = new FinishedJobs(this.#data, this.codes);
    if (options.records)
      this.recorder = new Recorder({ storage: options.storage, backend: this.backend.name, diagnostics });
    this.scheduler = new Scheduler({
      workers: options.workers ?? this.backend.defaultWorkers,
      inlineArgumentBytes: INLINE_BYTES,
      leaseMs: this.backend.leaseMs,
      openLink: (events, memory) => this.#openLink(events, memory),
    });
  }

  /** The storage with its bucket. A job whose data is small uses it for its code alone. */
  storage(): Promise<Storage> {
    return this.#data.storage();
  }

  /** Removes what the finished ones of all jobs have stored. */
  clean(jobs: readonly JobCore[], signal: AbortSignal | undefined): Promise<Removed> {
    return this.#finished.clean(jobs, signal);
  }

  /** Ends workers and removes whatever the executor has stored. */
  async close(): Promise<void> {
    await this.recorder?.settled();
    try {
      await this.scheduler.close();
      await this.backend.close();
      await this.#data.close();
    } finally {
      // Whatever has become of the user's storage, nothing stays on this machine.
      await Promise.all([this.#scratch.remove(), stopBundler()]);
    }
  }

  #openLink(events: LinkEvents, memory: number | undefined): Link {
    const payload: AgentPayload = {
      version: PROTOCOL_VERSION,
      executorId: this.#executorId,
      workerId: `w${this.#workerNumber++}`,
      storage: this.#storageForAgents(),
      bucket: this.bucket,
      prefix: this.prefix,
      memory,
      output: this.#output,
      scratch: this.#scratch.make(),
      inlineResultBytes: INLINE_BYTES,
    };
    return this.backend.kind === 'channel'
      ? new ChannelLink(this.backend, payload, events)
      : new StorageLink(this.backend, payload, events, this.#storage);
  }

  /** The storage travels as the handle that it is: without secrets, and refused where agents could not reach it. */
  #storageForAgents(): string {
    this.#agentStorage ??= Buffer.from(
      encode(this.#storage, { reach: this.backend.reach, root: 'storage' }).toBytes(),
    ).toString('base64');
    return this.#agentStorage;
  }
}
