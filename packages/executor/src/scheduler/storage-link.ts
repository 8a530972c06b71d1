/** The client's end of an agent that knows only its payload and the storage: one message, then statuses to look for. */
import type { Storage } from '@skein/storage';
import type { Exit, Invocation, StorageBackend } from '../backend/backend.ts';
import { receiveStatusLogs } from '../logs/receive-log.ts';
import { patiently } from '../patience.ts';
import type { LastWords, Lease } from '../wire/messages.ts';
import { type AgentPayload, callIdOf, type JobDescription, keys } from '../wire/payload.ts';
import { decodeStatus } from '../wire/status.ts';
import { type Link, type LinkEvents, type Message, type PackedMessage, tellBegun } from './link.ts';
import { Wear } from './wear.ts';

/** Between two looks for a status, milliseconds; the pause doubles while nothing comes. */
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 250;
/** Between two looks at the lease of an agent that runs, milliseconds. */
const LEASE_LOOK_MS = 1_000;

export class StorageLink implements Link {
  readonly id: string;
  readonly reusable = false;
  readonly ready = true;
  fresh = true;
  readonly wear: Wear = new Wear();
  readonly messages: Message[] = [];
  reserved = 0;
  filling = false;
  calls = 0;
  reportedJob: number | undefined;
  closing = false;
  leaving: LastWords | undefined;
  readonly memory: number | undefined;
  heardAt: number = Date.now();
  started = false;
  expired = false;
  killed = false;
  unwanted = false;
  readonly nearHeapLimit = false;
  readonly lent = false;
  readonly waits = 0;
  readonly #backend: StorageBackend;
  readonly #payload: AgentPayload;
  readonly #events: LinkEvents;
  readonly #storage: Storage;
  #invocation: Invocation | undefined;
  #exit: Exit | undefined;
  #wake: (() => void) | undefined;
  #leaseCount = 0;
  #lookedAt = Date.now();

  constructor(backend: StorageBackend, payload: AgentPayload, events: LinkEvents, storage: Storage) {
    this.id = payload.workerId;
    this.memory = payload.memory;
    this.#backend = backend;
    this.#payload = payload;
    this.#events = events;
    this.#storage = storage;
  }

  get name(): string {
    return this.#invocation?.name ?? this.id;
  }

  send(message: Message, { env, ...job }: JobDescription, packed: PackedMessage): void {
    const { indexes, attempt } = message;
    const block = packed.place ?? {
      kind: 'inline' as const,
      base64: Buffer.concat(packed.block).toString('base64'),
    };
    message.sentTstamp = Date.now();
    this.fresh = false;
    this.messages.push(message);
    const payload = {
      ...this.#payload,
      // The variables may be secrets: the backend hands them over by a way of its own.
      work: {
        job: { ...job, env: undefined },
        calls: { indexes, attempt, codes: packed.codes, refs: packed.refs, futures: packed.futures, block },
      },
    };
    this.heardAt = message.sentTstamp;
    this.#invocation = this.#backend.start(payload, env ?? {}, (exit) => {
      this.#exit = exit;
      this.#wake?.();
    });
    void this.#follow(message, job.jobId);
  }

  /** Looks for the status of one call after the other, in the order in which they run. */
  async #follow(message: Message, jobId: string): Promise<void> {
    const { prefix, bucket } = this.#payload;
    let exit: Exit = { code: 0, signal: null };
    try {
      for (const index of message.indexes) {
        const key = keys.status(prefix, jobId, callIdOf(index), message.attempt);
        const status = await this.#waitFor(bucket, key);
        if (status === undefined) break; // the agent has ended without it
        this.heardAt = Date.now();
        const outcomes = decodeStatus(status, message.job.number);
        if (outcomes.indexes[0] !== index) throw new Error(`${key} tells of another call`);
        receiveStatusLogs(outcomes, message);
        this.#events.onOutcomes(this, outcomes, status.byteLength);
      }
      if (this.#exit !== undefined) exit = this.#exit;
    } catch (cause) {
      this.kill();
      const why = cause instanceof Error ? cause.message : String(cause);
      const cutOff = new Error(`the status of a call could not be read: ${why}`, { cause });
      exit = { code: null, signal: null, cutOff };
    }
    this.#events.onExit(this, exit);
  }

  async #waitFor(bucket: string, key: string): Promise<Uint8Array | undefined> {
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      // Read after the exit was known: what the agent wrote before it ended is there by then.
      const ended = this.#exit !== undefined;
      try {
        return await patiently(() => this.#storage.getObject(bucket, key), {
          // Nothing can be heard meanwhile: that is not the agent's silence.
          wanted: () => {
            this.heardAt = Date.now();
            return !this.killed;
          },
        });
      } catch (error) {
        if ((error as { code?: string }).code !== 'no-such-key') throw error;
      }
      if (ended) {
        await this.#readLease();
        return undefined;
      }
      if (Date.now() - this.#lookedAt >= LEASE_LOOK_MS) await this.#readLease();
      await new Promise<void>((resolve) => {
        // Who waits for the call keeps the process alive; nobody may, as for a job in the background.
        const timer = setTimeout(resolve, pause);
        timer.unref();
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Signs of life, and last words. A lease that is not there says nothing. */
  async #readLease(): Promise<void> {
    const { prefix, bucket, workerId } = this.#payload;
    this.#lookedAt = Date.now();
    let lease: Lease;
    try {
      const bytes = await this.#storage.getObject(bucket, keys.lease(prefix, workerId));
      lease = JSON.parse(Buffer.from(bytes).toString('utf8')) as Lease;
    } catch {
      return;
    }
    if (lease.count === this.#leaseCount) return;
    this.#leaseCount = lease.count;
    this.heardAt = Date.now();
    this.started = true;
    this.leaving = lease.leaving;
    if (lease.running !== undefined) tellBegun(this.messages, lease.running);
  }

  prepare(): void {}

  forget(): void {}

  flush(): void {}

  end(): void {
    this.closing = true;
    if (this.#invocation === undefined) this.#events.onExit(this, { code: 0, signal: null });
  }

  kill(): void {
    this.killed = true;
    if (this.#invocation === undefined) this.#events.onExit(this, { code: 0, signal: null });
    this.#invocation?.kill();
  }
}
