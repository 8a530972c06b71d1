/**
 * Runs classes and functions of the user's in threads that can be ended, apart from the engine's own.
 *
 * - U1 The bytes are the truth: every call starts from the state that it is given, decoded afresh, whatever an
 *   earlier call has left running, in statics or in a cache. What a thread keeps is bytes, never an instance.
 * - U2 A task that is not `done` has changed nothing.
 * - U3 What ends a thread fails the task that ran there and no other.
 * - U4 The buffers that a caller gives are neither changed nor detached.
 */
import { createHash, randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CodeRef, CodeText } from './code.ts';
import { CodeTable } from './code-table.ts';
import { failed, failureOf } from './failure.ts';
import { type ResolvedHostOptions, resolveHostOptions, type UserHostOptions } from './host-options.ts';
import { type HeldPlace, HostedThread, type StatePlace } from './hosted-thread.ts';
import { labelOf, type UserOutcome, type UserTask } from './task.ts';
import type { ThreadEnd } from './user-thread.ts';

export type { UserHostOptions } from './host-options.ts';

/** A task that waits or runs. */
export interface Job {
  readonly task: UserTask;
  readonly label: string;
  readonly limitMs: number;
  readonly settle: (outcome: UserOutcome) => void;
  readonly reject: (reason: unknown) => void;
}

/** Runs user code. Threads start with the first task. */
export class UserHost implements AsyncDisposable {
  readonly #options: ResolvedHostOptions;
  readonly #codes: CodeTable;
  /** The classes that each preloaded module exports, by its URL. */
  readonly #modules = new Map<string, readonly string[]>();
  /** In the order of their arrival. */
  readonly #waiting = new Set<Job>();
  readonly #running = new Map<Job, HostedThread>();
  readonly #threads = new Set<HostedThread>();
  readonly #ending = new Set<Promise<void>>();
  /** Where each state is at hand. Weak: a state that the engine has let go needs no place. */
  readonly #held = new WeakMap<Uint8Array, HeldPlace>();
  #lastKey = 0;
  #directory: string | undefined;
  #closed = false;

  /** @throws TypeError for an option that is out of range. */
  constructor(options: UserHostOptions = {}) {
    this.#options = resolveHostOptions(options);
    this.#codes = new CodeTable(this.#options.maxCodeBytes);
  }

  /**
   * Makes shipped code known. What was used longest ago is dropped when all code is larger than `maxCodeBytes`;
   * tasks that need it then fail with `no-such-code`, and it is added again.
   *
   * @throws Error when the text is not the one that its hash names.
   */
  addCode(text: CodeText): void {
    if (this.#codes.has(text.hash)) return;
    const actual = createHash('sha256').update(text.code).digest('hex');
    if (actual !== text.hash)
      throw new Error(`the code ${text.hash} is damaged: the hash of its text is ${actual}; ship it again`);
    this.#codes.add(text);
  }

  hasCode(hash: string): boolean {
    return this.#codes.has(hash);
  }

  /**
   * Loads a module in every thread, so that tasks can name what it exports, without any code being shipped.
   *
   * @param specifier - a path from the working directory, a package, or a file: URL
   * @returns the names of the classes that it exports; exported functions can be named as well. A default export
   *   goes by the name of its class.
   * @throws Error (rejects) when it cannot be loaded, or exports a name that another module has exported.
   */
  async preload(specifier: string): Promise<readonly string[]> {
    this.#checkOpen();
    const url = urlOf(specifier);
    const known = this.#modules.get(url);
    if (known !== undefined) return known;
    const before = [...this.#threads];
    const classes = await new Promise<readonly string[]>((ready, refused) => {
      this.#start([...this.#modules.keys(), url], ready, (end) =>
        refused(
          new Error(
            end.kind === 'crashed'
              ? `preloading '${specifier}' failed: ${end.reason}`
              : `preloading '${specifier}' failed: its thread came to its end (${end.kind})`,
          ),
        ),
      );
    });
    const others = [...this.#modules.values()].flat();
    const added = classes.filter((name) => !others.includes(name));
    this.#modules.set(url, added);
    // The others do not have it.
    for (const thread of before) this.#retire(thread);
    this.#pump();
    return added;
  }

  /**
   * Runs a task. That the tasks of one object do not overlap is the caller's business; those of different objects
   * run side by side. Without a `signal` it always resolves, whatever the code does, unless the host is closed.
   *
   * @param signal - gives the task up: what runs is ended, and the promise rejects with the signal's reason
   */
  run(task: UserTask, signal?: AbortSignal): Promise<UserOutcome> {
    return new Promise((resolveRun, rejectRun) => {
      this.#checkOpen();
      signal?.throwIfAborted();
      const finish = (): void => {
        signal?.removeEventListener('abort', onAbort);
        this.#waiting.delete(job);
        this.#running.delete(job);
      };
      const job: Job = {
        task,
        label: labelOf(task),
        limitMs: task.timeLimitMs ?? this.#options.timeLimitMs,
        settle: (outcome) => {
          finish();
          resolveRun(outcome);
        },
        reject: (reason) => {
          finish();
          rejectRun(reason);
        },
      };
      const onAbort = (): void => {
        const thread = this.#running.get(job);
        job.reject(signal!.reason);
        thread?.stop();
        this.#pump();
      };
      signal?.addEventListener('abort', onAbort);
      this.#waiting.add(job);
      this.#pump();
    });
  }

  /** Drops what threads keep of an object that is no more. */
  forget(object: string): void {
    for (const thread of this.#threads) thread.forget(object);
  }

  /** Ends all threads. What waits or runs rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    const reason = new Error('the host of user code was closed before the call ended');
    for (const job of [...this.#waiting, ...this.#running.keys()]) job.reject(reason);
    for (const thread of this.#threads) thread.stop();
    await Promise.all(this.#ending);
    process.off('exit', this.#removeDirectory);
    if (this.#directory !== undefined) await rm(this.#directory, { recursive: true, force: true });
    this.#directory = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #checkOpen(): void {
    if (this.#closed) throw new Error('the host of user code is closed');
  }

  /** Gives waiting tasks to threads, as far as there are any. */
  #pump(): void {
    if (this.#closed) return;
    for (const job of this.#waiting) {
      const problem = this.#missing(job.task);
      if (problem !== undefined) {
        job.settle(problem);
        continue;
      }
      const thread = this.#idleFor(job.task);
      if (thread === undefined) break;
      this.#waiting.delete(job);
      this.#running.set(job, thread);
      thread.run(job, this.#whereIs(job.task, thread), (text) => this.#codes.get(text));
    }
    let booting = [...this.#threads].filter((thread) => thread.state === 'booting').length;
    while (booting < this.#waiting.size && this.#threads.size < this.#options.threads) {
      try {
        this.#start([...this.#modules.keys()]);
        booting++;
      } catch (error) {
        this.#failFirst(error instanceof Error ? error.message : String(error));
      }
    }
  }

  /** Code that nobody has shipped: said at once, not in a thread. */
  #missing({ code, argCodes = [] }: UserTask): UserOutcome | undefined {
    if (code.kind === 'preloaded') return undefined; // a thread knows
    const hash = [code.hash, ...argCodes].find((needed) => this.#codes.get(needed) === undefined);
    if (hash === undefined) return undefined;
    const whose = hash === code.hash ? code.name : `an argument of ${code.name}`;
    return failed(
      'no-such-code',
      `the code of ${whose} (${hash}) is not here, or not any more: ship it again`,
    );
  }

  /** The idle thread that has the state, else one that has the code, else any. */
  #idleFor(task: UserTask): HostedThread | undefined {
    const holder = task.kind === 'invoke' ? this.#held.get(task.state)?.thread : undefined;
    if (holder?.state === 'idle') return holder;
    let any: HostedThread | undefined;
    for (const thread of this.#threads) {
      if (thread.state !== 'idle') continue;
      if (task.code.kind === 'preloaded' || thread.knows(task.code.hash)) return thread;
      any ??= thread;
    }
    return any;
  }

  #whereIs(task: UserTask, thread: HostedThread): StatePlace {
    const held = task.kind === 'invoke' ? this.#held.get(task.state) : undefined;
    const next = ++this.#lastKey;
    if (held === undefined || !isSameCode(held.code, task.code))
      return { key: ++this.#lastKey, next, held: false };
    return { key: held.key, next, held: held.thread === thread };
  }

  #start(
    modules: readonly string[],
    onReady?: (classes: readonly string[]) => void,
    onRefused?: (end: ThreadEnd) => void,
  ): void {
    const data = { modules, directory: this.#scratch(), maxBytes: this.#options.maxStateBytes };
    const thread: HostedThread = new HostedThread(data, this.#options.memoryMb, {
      ready: (classes) => {
        onReady?.(classes);
        this.#pump();
      },
      holds: (state, place) => this.#held.set(state, place),
      idle: () => {
        if (thread.retired || thread.codeBytes > this.#options.maxCodeBytes) thread.stop();
        this.#pump();
      },
      ended: (end, job, booting) => {
        this.#threads.delete(thread);
        const gone = thread.gone.then(() => void this.#ending.delete(gone));
        this.#ending.add(gone);
        onRefused?.(end);
        if (end.kind !== 'stopped') {
          const { memoryMb } = this.#options;
          if (job !== undefined) job.settle(failureOf(job.label, end, { limitMs: job.limitMs, memoryMb }));
          else if (booting && onRefused === undefined)
            this.#failFirst(end.kind === 'crashed' ? end.reason : end.kind);
        }
        this.#pump();
      },
    });
    this.#threads.add(thread);
  }

  /** A thread that does not start is told to one task, so that the others try again, and none waits for ever. */
  #failFirst(reason: string): void {
    const [job] = this.#waiting;
    job?.settle(failed('crashed', `${job.label} did not run: no thread could be started for it: ${reason}`));
  }

  #retire(thread: HostedThread): void {
    if (thread.state === 'busy') thread.retired = true;
    else thread.stop();
  }

  #scratch(): string {
    if (this.#directory === undefined) {
      this.#directory = join(tmpdir(), `skein-dso-${process.pid}-${randomUUID()}`);
      process.on('exit', this.#removeDirectory);
    }
    return this.#directory;
  }

  readonly #removeDirectory = (): void => {
    if (this.#directory !== undefined) rmSync(this.#directory, { recursive: true, force: true });
  };
}

/** Whether a state that was kept with one reference can be read with the other. */
function isSameCode(a: CodeRef, b: CodeRef): boolean {
  if (a === b) return true;
  if (a.kind === 'preloaded' || b.kind === 'preloaded') return a.kind === b.kind && a.name === b.name;
  return a.hash === b.hash && (a.values === b.values || Buffer.compare(a.values, b.values) === 0);
}

/** Resolved from the working directory, as a program's own imports would be. */
function urlOf(specifier: string): string {
  if (/^[a-z]+:/i.test(specifier) && !/^[a-z]:[\\/]/i.test(specifier)) return specifier;
  if (/^\.{0,2}[\\/]|^[a-z]:/i.test(specifier)) return pathToFileURL(resolve(specifier)).href;
  try {
    return pathToFileURL(createRequire(resolve('preload.js')).resolve(specifier)).href;
  } catch {
    return specifier; // a package without a CommonJS entry: from where this package is installed
  }
}
