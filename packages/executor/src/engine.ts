/** What an executor sets up when it is first used: by then its configuration is known. */
import { availableParallelism } from 'node:os';
import { hostConditions, stopBundler } from '@skein/closure';
import type { Removed } from '@skein/cloudobject/temporary';
import { encode } from '@skein/codec';
import { type PutOptions, Storage } from '@skein/storage';
import { openStorage } from './agent/open-storage.ts';
import type { Backend } from './backend/backend.ts';
import { localhost } from './backend/localhost/localhost.ts';
import { parentBackend } from './backend/parent.ts';
import { subprocess } from './backend/subprocess.ts';
import { FinishedJobs } from './clean/finished-jobs.ts';
import { TemporaryData } from './clean/temporary-data.ts';
import { Diagnostics } from './diagnostics.ts';
import { ExecutorError } from './errors.ts';
import type { JobView } from './job/job-view.ts';
import type { OutputTerms } from './logs/output-terms.ts';
import { outputTerms } from './logs/routes.ts';
import type { ResolvedLimits, ResolvedOptions } from './options.ts';
import type { Parent } from './parent.ts';
import { Recorder } from './records/recorder.ts';
import { CodeStore } from './scheduler/code-store.ts';
import { ChannelLink, type Link, type LinkEvents } from './scheduler/link.ts';
import { Scheduler } from './scheduler/scheduler.ts';
import { StorageLink } from './scheduler/storage-link.ts';
import { Scratch } from './scratch.ts';
import type { WorkerTerms } from './wire/loan.ts';
import { type AgentPayload, PROTOCOL_VERSION } from './wire/payload.ts';

/** Arguments, results and captured values up to this many bytes ride in messages; larger ones become objects. */
export const INLINE_BYTES: number = 1024 * 1024;

/** How long a worker may take from its start to its first word, milliseconds. */
const START_MS = 60_000;
/**
 * Workers that start at a time. More would share the same processors: each would take longer, the first as long as the
 * last, and none may take longer than {@link START_MS}.
 */
const STARTS_AT_ONCE = Math.max(4, 2 * availableParallelism());

export class Engine {
  readonly backend: Backend;
  readonly scheduler: Scheduler;
  readonly codes: CodeStore;
  /** Where the option `records` is set. */
  readonly recorder: Recorder | undefined;
  readonly bucket: string;
  readonly prefix: string;
  /**
   * What of arguments and results is summed up: pipes of this machine, and files that end with the executor, do not change
   * what passes through them, and the sums of large values would take a quarter of their time.
   */
  readonly checksum: 'all' | 'head';
  readonly limits: ResolvedLimits;
  readonly executorId: string;
  readonly conditions: readonly string[];
  readonly #parent: Parent | undefined;
  /** The most that run at a time. */
  readonly workers: number;
  readonly #scratch = new Scratch();
  readonly #storage: Storage;
  /** The storage is the user's own: it outlives the executor. */
  readonly #lasting: boolean;
  readonly #data: TemporaryData;
  readonly #finished: FinishedJobs;
  readonly #closing = new AbortController();
  readonly #removing = new Set<Promise<unknown>>();
  #agentStorage: string | undefined;
  readonly #output: OutputTerms;
  #workerNumber = 0;

  /** @param parent of an executor within a call: it uses the workers and the storage of the executor that the call is of */
  constructor(executorId: string, options: ResolvedOptions, parent: Parent | undefined) {
    this.executorId = executorId;
    this.#parent = parent;
    this.conditions = parent?.payload.conditions ?? hostConditions();
    // Below the parent's, so that it goes with what is the parent's, whatever becomes of this worker.
    this.prefix = parent === undefined ? `jobs/${executorId}` : `${parent.payload.prefix}/${executorId}`;
    this.limits = options.limits;
    this.#storage =
      parent !== undefined
        ? openStorage(parent.payload.storage)
        : (options.storage ?? new Storage({ kind: 'fs', root: `${this.#scratch.path}/storage` }));
    this.bucket = parent?.payload.bucket ?? this.#storage.bucket;
    this.#lasting = parent?.payload.lasting ?? options.storage !== undefined;
    this.backend = backendOf(options, parent, this.#scratch.path);
    this.checksum = this.backend.kind === 'channel' && !this.#lasting ? 'head' : 'all';
    this.#output = outputTerms(options, this.backend.kind === 'channel');
    this.codes = new CodeStore(this);
    const diagnostics = new Diagnostics(options.logLevel);
    this.#data = new TemporaryData({
      storage: this.#storage,
      bucket: this.bucket,
      prefix: this.prefix,
      lasting: parent === undefined && this.#lasting,
      diagnostics,
    });
    this.#finished = new FinishedJobs(this.#data, this.codes);
    if (options.records)
      this.recorder = new Recorder({ storage: options.storage, backend: this.backend.name, diagnostics });
    this.workers = Math.min(
      options.workers ?? this.backend.defaultWorkers,
      parent?.payload.workers ?? Number.POSITIVE_INFINITY,
    );
    this.scheduler = new Scheduler({
      most: this.workers,
      keepIdle: parent?.borrow === undefined,
      startsAtOnce: parent?.borrow === undefined ? STARTS_AT_ONCE : Number.POSITIVE_INFINITY,
      // Who borrows waits for as long as all are busy.
      startMs: parent?.borrow === undefined ? START_MS : Number.POSITIVE_INFINITY,
      inlineArgumentBytes: INLINE_BYTES,
      leaseMs: this.backend.leaseMs,
      openLink: (events, terms) => this.#openLink(events, terms),
    });
  }

  /** Reads what agents have stored for a job. */
  get(key: string): Promise<Buffer> {
    return this.#data.get(key);
  }

  discard(key: string): Promise<void> {
    return this.#data.discard(key);
  }

  /** Stores something of a job's, under a key below the prefix. */
  put(key: string, bytes: Uint8Array | string, options?: PutOptions): Promise<void> {
    return this.#data.put(key, bytes, options);
  }

  /** Removes what the finished ones of all jobs have stored. */
  clean(jobs: readonly JobView[], signal: AbortSignal | undefined): Promise<Removed> {
    return this.#finished.clean(jobs, signal);
  }

  /** Removes the runs of a shuffle that nobody reads any more. What is left of them goes with the executor. */
  removeRuns(jobId: string): void {
    const removing = this.#data
      .remove([{ name: `${jobId}/runs` }], this.#closing.signal)
      .catch(() => {})
      .finally(() => this.#removing.delete(removing));
    this.#removing.add(removing);
  }

  /** E3: of two attempts one may be seen, which a storage has to guarantee where outcomes go through it. */
  async checkSpeculation(): Promise<void> {
    if (this.backend.kind === 'channel') return;
    if (await this.#storage.supports('if-none-match')) return;
    throw new ExecutorError(
      'invalid-argument',
      'speculate needs a storage with conditional writes, so that one of two attempts is seen; this one has none',
    );
  }

  /** Ends workers and removes whatever the executor has stored. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([this.recorder?.settled(), ...this.#removing]);
    try {
      await this.scheduler.close();
      await this.backend.close();
      await this.#data.close();
    } finally {
      // Whatever has become of the user's storage, nothing stays on this machine.
      // Other calls of this worker may be about to use the bundler; it ends with the worker.
      await Promise.all([this.#scratch.remove(), this.#parent === undefined && stopBundler()]);
    }
  }

  #openLink(events: LinkEvents, { memory, fresh }: WorkerTerms): Link {
    const payload: AgentPayload = {
      version: PROTOCOL_VERSION,
      executorId: this.executorId,
      backend: this.backend.name,
      workers: this.workers,
      reach: this.backend.reach,
      leaseMs: this.backend.leaseMs,
      workerId: `w${this.#workerNumber++}`,
      storage: this.#storageForAgents(),
      bucket: this.bucket,
      prefix: this.prefix,
      lasting: this.#lasting,
      memory,
      conditions: this.conditions,
      // Others are borrowed, and may have run something.
      fresh: fresh || this.#parent?.borrow === undefined,
      output: this.#output,
      scratch: this.#parent?.payload.scratch ?? this.#scratch.make(),
      inlineResultBytes: INLINE_BYTES,
      checksum: this.checksum,
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

function backendOf(
  { backend, isolation }: ResolvedOptions,
  parent: Parent | undefined,
  scratch: string,
): Backend {
  if (parent?.borrow !== undefined) return parentBackend(parent, parent.borrow);
  const name = parent?.payload.backend ?? backend;
  return name === 'localhost' ? localhost(isolation, scratch) : subprocess(scratch);
}
