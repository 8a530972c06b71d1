/** The client's end of one running agent: what it was sent, what came back, how it ended. */
import type { FunctionDecoder } from '@skein/codec';
import type { ChannelBackend, ChannelInvocation, Exit } from '../backend/backend.ts';
import type { JobCore } from '../job/job-core.ts';
import { receiveLog } from '../logs/receive-log.ts';
import { FrameReader, FrameType, frame, jsonFrame, parseJson } from '../wire/frames.ts';
import { type Borrow, type GiveBack, unpackLoan } from '../wire/loan.ts';
import {
  type Alive,
  type CallNumber,
  type LastWords,
  type OutcomesMessage,
  packCalls,
  type ReadyMessage,
  unpackOutcomes,
} from '../wire/messages.ts';
import type {
  AgentPayload,
  CodePlace,
  FutureOutcome,
  JobDescription,
  Place,
  Reference,
} from '../wire/payload.ts';
import { type Lendable, Loan } from './loan.ts';
import { Wear } from './wear.ts';

/** Calls that were sent together. */
export interface Message {
  readonly job: JobCore;
  readonly indexes: number[];
  /** Kept until the outcomes are here: a message whose worker dies is made again from them. */
  readonly items: unknown[];
  readonly attempt: number;
  /** Nothing else is to be at the worker while this runs. */
  readonly alone: boolean;
  /** Decodes the results of calls whose arguments brought functions along: those may come back. */
  readonly decoders: ReadonlyMap<number, FunctionDecoder> | undefined;
  unreported: number;
  sentTstamp: number;
  bytes: number;
}

/** A message as it goes to the agent. */
export interface PackedMessage {
  readonly codes: Readonly<Record<number, readonly CodePlace[]>> | undefined;
  readonly refs: Readonly<Record<number, Reference>> | undefined;
  readonly futures: readonly FutureOutcome[] | undefined;
  readonly place: Place | undefined;
  readonly block: readonly Uint8Array[];
  readonly decoders?: ReadonlyMap<number, FunctionDecoder>;
}

export interface LinkEvents {
  onReady(link: Link): void;
  onOutcomes(
    link: Link,
    outcomes: OutcomesMessage & { readonly block: readonly [Uint8Array] },
    bytes: number,
  ): void;
  onExit(link: Link, exit: Exit): void;
  /** A call of this worker asks for a worker. */
  onBorrow(loan: Loan): void;
  /** A worker has been given back. */
  onGivenBack(): void;
}

export interface Link {
  readonly id: string;
  /** What messages to the user call it. */
  readonly name: string;
  /** Takes more than one message in its life. */
  readonly reusable: boolean;
  /** The agent has said that it is there. */
  readonly ready: boolean;
  /** Messages sent and not fully reported, oldest first. */
  readonly messages: Message[];
  /** Messages that are being prepared for this link. */
  reserved: number;
  /** Another worker uses it. */
  readonly lent: boolean;
  /** Workers that its call has borrowed or asked for: while there are any, it does not count as running. */
  readonly waits: number;
  /** It has run nothing, and loaded no code. */
  readonly fresh: boolean;
  readonly wear: Wear;
  /** Takes messages until its window is full; set again when half of it is used up. */
  filling: boolean;
  /** Calls it has reported, of all jobs. */
  calls: number;
  /** The job of which it has told last. */
  reportedJob: number | undefined;
  /** Set when the client itself ends it. */
  closing: boolean;
  readonly leaving: LastWords | undefined;
  /** What its process may hold, bytes: it takes calls of this limit alone. */
  readonly memory: number | undefined;
  /** When something was heard of it last, milliseconds since the epoch. */
  heardAt: number;
  /** The agent's own program runs: from here on it gives signs of life while it has work. */
  readonly started: boolean;
  /** The client has given it up: nothing was heard of it for too long. */
  expired: boolean;
  /** It is being killed and takes nothing more. */
  readonly killed: boolean;
  /** It is being killed because nobody wants what it runs: that is the end of no other call. */
  unwanted: boolean;
  /** By its last sign of life it was about to fill the heap that V8 gives it. */
  readonly nearHeapLimit: boolean;
  /** Has the agent load a job before its calls come, where that is possible. */
  prepare(description: JobDescription): void;
  send(message: Message, description: JobDescription, packed: PackedMessage): void;
  forget(job: number): void;
  /** Writes what was sent since the last flush. */
  flush(): void;
  end(): void;
  kill(): void;
}

/** An agent has said what it runs. */
export function tellBegun(messages: readonly Message[], { job, index }: CallNumber): void {
  const message = messages.find((one) => one.job.number === job && one.indexes.includes(index));
  message?.job.begun(index);
}

/** What a borrowed worker says of its own loans is for this client, all else for its borrower. */
const LOANS: ReadonlySet<FrameType> = new Set([FrameType.borrow, FrameType.loan, FrameType.giveBack]);

/** A share of V8's heap; a process that has passed it and then aborts has most likely run out of memory. */
const NEAR_HEAP_LIMIT = 0.6;

export class ChannelLink implements Link, Lendable {
  readonly id: string;
  readonly reusable = true;
  fresh: boolean;
  readonly wear: Wear = new Wear();
  readonly messages: Message[] = [];
  reserved = 0;
  filling = true;
  calls = 0;
  reportedJob: number | undefined;
  closing = false;
  ready = false;
  leaving: LastWords | undefined;
  readonly memory: number | undefined;
  heardAt: number = Date.now();
  expired = false;
  killed = false;
  unwanted = false;
  nearHeapLimit = false;
  /** By which another worker uses this one. */
  loan: Loan | undefined;
  /** Of workers that this one uses. */
  readonly #loans = new Map<number, Loan>();
  #heapLimit = Number.POSITIVE_INFINITY;
  readonly #invocation: ChannelInvocation;
  readonly #jobs = new Set<number>();
  #dirty = false;

  constructor(backend: ChannelBackend, payload: AgentPayload, events: LinkEvents) {
    this.id = payload.workerId;
    this.memory = payload.memory;
    this.fresh = payload.fresh;
    const reader = new FrameReader((type, body) => this.#receive(type, body, events));
    this.#invocation = backend.start(payload, {
      onData: (chunk) => {
        this.heardAt = Date.now();
        reader.push(chunk);
      },
      onExit: (exit) => {
        for (const loan of this.#loans.values()) loan.giveBack({ kill: true, worn: false });
        this.loan?.lost(exit);
        events.onExit(this, exit);
      },
    });
    this.#write(jsonFrame(FrameType.payload, payload));
    this.flush();
  }

  get name(): string {
    return this.#invocation.name;
  }

  get started(): boolean {
    return this.ready;
  }

  get lent(): boolean {
    return this.loan !== undefined;
  }

  get waits(): number {
    return this.#loans.size;
  }

  prepare(description: JobDescription): void {
    if (this.#jobs.has(description.job)) return;
    this.#jobs.add(description.job);
    this.fresh = false;
    this.#write(jsonFrame(FrameType.job, description));
  }

  send(message: Message, description: JobDescription, packed: PackedMessage): void {
    this.prepare(description);
    const { number } = message.job;
    const parts = frame(
      FrameType.calls,
      packCalls({ job: number, indexes: message.indexes, attempt: message.attempt, ...packed }),
    );
    for (const part of parts) message.bytes += part.byteLength;
    message.sentTstamp = Date.now();
    // An idle worker gives no signs of life: its silence counts from here.
    if (this.messages.length === 0) this.heardAt = message.sentTstamp;
    this.messages.push(message);
    this.#write(parts);
  }

  forget(job: number): void {
    if (this.#jobs.delete(job)) this.#write(jsonFrame(FrameType.forget, { job }));
  }

  flush(): void {
    if (!this.#dirty) return;
    this.#dirty = false;
    this.#invocation.channel.flush();
  }

  pass(parts: readonly Uint8Array[]): void {
    this.#write(parts);
    this.flush();
  }

  end(): void {
    this.closing = true;
    // A borrowed worker goes on for others.
    for (const job of [...this.#jobs]) this.forget(job);
    this.#invocation.channel.end(this.wear.begun);
  }

  kill(): void {
    this.killed = true;
    this.#invocation.kill();
  }

  #write(parts: readonly Uint8Array[]): void {
    this.#invocation.channel.write(parts);
    this.#dirty = true;
  }

  #receive(type: FrameType, body: Uint8Array, events: LinkEvents): void {
    if (this.loan !== undefined && this.ready && !LOANS.has(type)) {
      this.loan.toBorrower(type, body);
      return;
    }
    switch (type) {
      case FrameType.ready:
        this.ready = true;
        this.#heapLimit = parseJson<ReadyMessage>(body).heapLimit;
        events.onReady(this);
        break;
      case FrameType.outcomes:
        this.leaving = undefined; // it lives on: the signal was handled
        events.onOutcomes(this, unpackOutcomes(body), body.byteLength);
        break;
      case FrameType.alive: {
        const { memory, running } = parseJson<Alive>(body);
        this.nearHeapLimit = memory >= NEAR_HEAP_LIMIT * this.#heapLimit;
        if (running !== undefined) tellBegun(this.messages, running);
        break;
      }
      case FrameType.begun:
        tellBegun(this.messages, parseJson<CallNumber>(body));
        break;
      case FrameType.log:
        receiveLog(body, this.messages);
        break;
      case FrameType.borrow: {
        const { loan: id, ...terms } = parseJson<Borrow>(body);
        const loan = new Loan(id, terms, this);
        this.#loans.set(id, loan);
        events.onBorrow(loan);
        break;
      }
      case FrameType.loan: {
        const { loan, frames } = unpackLoan(body);
        this.#loans.get(loan)?.toLent(frames);
        break;
      }
      case FrameType.giveBack: {
        const { loan, ...how } = parseJson<GiveBack>(body);
        this.#loans.get(loan)?.giveBack(how);
        this.#loans.delete(loan);
        events.onGivenBack();
        break;
      }
      case FrameType.leaving:
        this.leaving = parseJson<LastWords>(body);
        break;
      default:
        throw new Error(`an agent sent a frame of type ${type}, which this client does not know`);
    }
  }
}
