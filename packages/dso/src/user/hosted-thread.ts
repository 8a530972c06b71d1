/** A thread with what the host knows of it: what it runs, and which states it has. */
import type { Transferable } from 'node:worker_threads';
import { assertNever } from './assert-never.ts';
import type { CodeRef, CodeText } from './code.ts';
import { type FromThread, LARGE_BYTES, type ThreadData, type ThreadTask } from './messages.ts';
import type { UserTask } from './task.ts';
import type { Job } from './user-host.ts';
import { type ThreadEnd, UserThread } from './user-thread.ts';

export interface HostedThreadEvents {
  ready(classes: readonly string[]): void;
  /** The thread has these bytes. */
  holds(state: Uint8Array, place: HeldPlace): void;
  idle(): void;
  ended(end: ThreadEnd, job: Job | undefined, booting: boolean): void;
}

/** Where a state is: `held` by this thread already, or to be sent. */
export interface StatePlace {
  readonly key: number;
  readonly next: number;
  readonly held: boolean;
}

/** Where a state can be found, and the code that it belongs to there. */
export interface HeldPlace {
  readonly thread: HostedThread;
  readonly key: number;
  readonly code: CodeRef;
}

interface Current {
  readonly job: Job;
  readonly place: StatePlace;
  readonly codeOf: (hash: string) => CodeText | undefined;
}

export class HostedThread {
  readonly #thread: UserThread;
  readonly #events: HostedThreadEvents;
  #current: Current | undefined;
  #booted = false;
  #ended = false;
  /** To be ended after the task that it runs. */
  retired = false;

  constructor(data: ThreadData, memoryMb: number, events: HostedThreadEvents) {
    this.#events = events;
    this.#thread = new UserThread(data, memoryMb, {
      ready: (classes) => {
        this.#booted = true;
        events.ready(classes);
      },
      reply: (reply) => this.#reply(reply),
      ended: (end) => {
        this.#ended = true;
        const job = this.#current?.job;
        this.#current = undefined;
        events.ended(end, job, !this.#booted);
      },
    });
  }

  get state(): 'booting' | 'idle' | 'busy' | 'ended' {
    if (this.#ended) return 'ended';
    if (this.#current !== undefined) return 'busy';
    return this.#booted ? 'idle' : 'booting';
  }

  get codeBytes(): number {
    return this.#thread.codeBytes;
  }

  knows(hash: string): boolean {
    return this.#thread.knows(hash);
  }

  /** @param codeOf gives the text of code that the host has; it has looked before */
  run(job: Job, place: StatePlace, codeOf: (hash: string) => CodeText | undefined): void {
    this.#current = { job, place, codeOf };
    this.#send(this.#current, place.held);
  }

  forget(object: string): void {
    this.#thread.forget(object);
  }

  stop(): void {
    this.#thread.stop();
  }

  /** Resolves when nothing of it is left. */
  get gone(): Promise<void> {
    return this.#thread.gone;
  }

  #send({ job, place, codeOf }: Current, held: boolean): void {
    const { task, label, limitMs } = job;
    const transfer: Transferable[] = [];
    const codes = hashesOf(task).flatMap((hash) => (this.knows(hash) ? [] : (codeOf(hash) ?? [])));
    const sent = sendable(task, place, held, transfer);
    this.#thread.run(label, sent, codes, limitMs, transfer);
  }

  #reply(reply: Exclude<FromThread, { kind: 'ready' | 'loaded' | 'last-words' }>): void {
    const current = this.#current;
    if (current === undefined) return;
    const { job, place } = current;
    switch (reply.kind) {
      case 'need-state':
        this.#send(current, false);
        return;
      case 'outcome': {
        const { outcome } = reply;
        this.#current = undefined;
        if (outcome.kind === 'done' && outcome.state !== undefined)
          this.#events.holds(outcome.state, { thread: this, key: place.next, code: job.task.code });
        else if (job.task.kind === 'invoke')
          this.#events.holds(job.task.state, { thread: this, key: place.key, code: job.task.code });
        job.settle(outcome);
        this.#events.idle();
        return;
      }
      default:
        assertNever(reply);
    }
  }
}

function hashesOf({ code, argCodes = [] }: UserTask): string[] {
  return [...(code.kind === 'bundle' ? [code.hash] : []), ...argCodes];
}

/** The task as it is sent. Nothing of the caller's is detached: large bytes are copied once, and the copy changes hands. */
function sendable(task: UserTask, place: StatePlace, held: boolean, transfer: Transferable[]): ThreadTask {
  const own = (bytes: Uint8Array): Uint8Array => {
    const { buffer } = bytes;
    if (buffer instanceof SharedArrayBuffer) return bytes;
    // Cloning a view would clone all memory behind it.
    if (bytes.length < LARGE_BYTES && buffer.byteLength === bytes.length) return bytes;
    const copy = new Uint8Array(bytes);
    if (copy.length >= LARGE_BYTES) transfer.push(copy.buffer);
    return copy;
  };
  const ownCode = (code: UserTask['code']): UserTask['code'] =>
    code.kind === 'bundle' ? { ...code, values: own(code.values) } : code;
  switch (task.kind) {
    case 'construct':
      return { ...task, code: ownCode(task.code), args: own(task.args), next: place.next };
    case 'invoke':
      return {
        ...task,
        code: held ? undefined : ownCode(task.code),
        state: held ? undefined : own(task.state),
        args: own(task.args),
        key: place.key,
        next: place.next,
      };
    case 'each':
      return { ...task, code: ownCode(task.code), calls: task.calls.map((args) => args.map(own)) };
    case 'fold':
      return { ...task, code: ownCode(task.code), values: task.values.map(own) };
    default:
      return assertNever(task);
  }
}
