/** One thread as the engine sees it: it is given a task, watched, and ended. */
import { type Transferable, Worker } from 'node:worker_threads';
import type { CodeText } from './code.ts';
import { threadEnvironment } from './environment.ts';
import type { FromThread, ThreadData, ThreadTask, ToThread } from './messages.ts';
import { threadFile } from './thread-file.ts';

/** How a thread came to its end. */
export type ThreadEnd =
  | { readonly kind: 'time-limit' }
  | { readonly kind: 'out-of-memory' }
  | { readonly kind: 'crashed'; readonly reason: string }
  /** The host ended it. */
  | { readonly kind: 'stopped' };

export interface ThreadEvents {
  /** It takes tasks now. */
  ready(classes: readonly string[]): void;
  reply(reply: Exclude<FromThread, { kind: 'ready' | 'loaded' | 'last-words' }>): void;
  /** Once, whatever the reason; what it ran has no outcome. */
  ended(end: ThreadEnd): void;
}

/** A thread that has not said that it is ready by then has modules that do not finish. */
const BOOT_MS = 30_000;

export class UserThread {
  /** Resolves when nothing of it is left. */
  readonly gone: Promise<void>;
  readonly #worker: Worker;
  readonly #events: ThreadEvents;
  /** Of code whose text it has. */
  readonly #codes = new Set<string>();
  #codeBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #limitMs = 0;
  #ended = false;
  #lastWords: string | undefined;

  /** @param memoryMb what its heap may hold; memory of buffers lies outside of it */
  constructor(data: ThreadData, memoryMb: number, events: ThreadEvents) {
    this.#events = events;
    this.#worker = new Worker(threadFile(), {
      name: 'skein-dso-user',
      workerData: data,
      env: threadEnvironment(process.env),
      argv: [],
      // Modules that are loaded at the start may need the loaders of this process, as TypeScript does.
      ...(data.modules.length === 0 && { execArgv: [] }),
      resourceLimits: { maxOldGenerationSizeMb: memoryMb },
    });
    this.gone = new Promise((resolve) => this.#worker.once('exit', () => resolve()));
    this.#worker.on('message', (message: FromThread) => this.#receive(message));
    this.#worker.on('error', (error: unknown) => this.#finish(endOf(error)));
    this.#worker.on('exit', (code) =>
      this.#finish({ kind: 'crashed', reason: this.#lastWords ?? `it ended its thread (exit code ${code})` }),
    );
    // What keeps the process alive is the timer of a task that runs. After the listeners: one for messages undoes it.
    this.#worker.unref();
    this.#watch(BOOT_MS);
  }

  /** Whether it has the text of this code. */
  knows(hash: string): boolean {
    return this.#codes.has(hash);
  }

  /** The size of all code that it was ever given: a thread cannot unload any. */
  get codeBytes(): number {
    return this.#codeBytes;
  }

  run(
    label: string,
    task: ThreadTask,
    codes: readonly CodeText[],
    limitMs: number,
    transfer: readonly Transferable[],
  ): void {
    for (const { hash, code } of codes) {
      this.#codes.add(hash);
      this.#codeBytes += code.length;
    }
    this.#send({ kind: 'run', label, task, codes }, transfer);
    this.#watch(limitMs);
  }

  forget(object: string): void {
    this.#send({ kind: 'forget', object });
  }

  /** Ends it, whatever it does: see {@link gone}. */
  stop(end: ThreadEnd = { kind: 'stopped' }): void {
    void this.#worker.terminate();
    this.#finish(end);
  }

  #send(message: ToThread, transfer: readonly Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #receive(message: FromThread): void {
    if (this.#ended) return;
    switch (message.kind) {
      case 'loaded':
        this.#watch(this.#limitMs);
        return;
      case 'last-words':
        this.#lastWords = message.reason;
        return;
      case 'ready':
        this.#unwatch();
        this.#events.ready(message.classes);
        return;
      default:
        this.#unwatch();
        this.#events.reply(message);
    }
  }

  #watch(limitMs: number): void {
    this.#unwatch();
    this.#limitMs = limitMs;
    const timer = setTimeout(() => {
      // Its answer may lie here already: this process stood still itself, and timers come before messages.
      setImmediate(() => {
        if (timer === this.#timer) this.stop({ kind: 'time-limit' });
      });
    }, limitMs);
    this.#timer = timer;
  }

  #unwatch(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #finish(end: ThreadEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#unwatch();
    this.#events.ended(end);
  }
}

function endOf(error: unknown): ThreadEnd {
  if ((error as { code?: unknown } | null)?.code === 'ERR_WORKER_OUT_OF_MEMORY')
    return { kind: 'out-of-memory' };
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { kind: 'crashed', reason: what };
}
