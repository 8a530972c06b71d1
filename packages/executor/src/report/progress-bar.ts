/**
 * A bar on the last line of a terminal, for all running jobs of the process together. It looks at the jobs' counters ten
 * times a second, so calls pay nothing for it.
 *
 * B1: no line is broken. While jobs run, what the process writes to its terminal passes through here: the bar goes
 * away before it, and comes back when the line has been ended.
 * B2: nothing is left of it, however the jobs or the process end.
 */
import type { JobCore } from '../job/job-core.ts';
import { plainName, progressLine } from './progress-line.ts';

/** Shorter jobs are over before one could read anything. */
const QUIET_MS = 500;
const REDRAW_MS = 100;
/** How far back the rate looks. */
const RATE_MS = 5_000;

/** The part of a terminal's stream that is used. */
export type Terminal = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>;

type Write = NodeJS.WriteStream['write'];

export class ProgressBar {
  readonly #terminal: Terminal;
  readonly #others: readonly Terminal[];
  readonly #unicode: boolean;
  readonly #jobs = new Set<JobCore>();
  /** What became of the jobs that have ended while others went on. */
  #ended = { jobs: 0, settled: 0, failed: 0 };
  #since = 0;
  #timer: NodeJS.Timeout | undefined;
  #samples: { readonly at: number; readonly settled: number }[] = [];
  /** The bar is on the screen. */
  #drawn = false;
  #drawnAt = 0;
  /** Somebody's line on the terminal has not been ended. `undefined`: nobody knows. */
  #midLine: boolean | undefined;
  #release: (() => void) | undefined;

  /** @param others streams that may be the same terminal */
  constructor(terminal: Terminal, others: readonly Terminal[], unicode: boolean) {
    this.#terminal = terminal;
    this.#others = others;
    this.#unicode = unicode;
  }

  /** Follows the job until it is done. */
  add(job: JobCore): void {
    if (job.done) return;
    if (this.#jobs.size === 0) this.#begin();
    this.#jobs.add(job);
    void job.until(() => job.done).then(() => this.#remove(job));
  }

  #begin(): void {
    this.#since = performance.now();
    this.#samples = [];
    this.#midLine = undefined;
    this.#release = this.#watchWrites();
    this.#timer = setInterval(() => this.#tick(), REDRAW_MS);
    this.#timer.unref();
  }

  #remove(job: JobCore): void {
    this.#jobs.delete(job);
    const { settled, failed } = job.table;
    const { jobs, ...before } = this.#ended;
    this.#ended = { jobs: jobs + 1, settled: before.settled + settled, failed: before.failed + failed };
    if (this.#jobs.size > 0) return;
    clearInterval(this.#timer);
    this.#erase();
    this.#release?.();
    this.#ended = { jobs: 0, settled: 0, failed: 0 };
  }

  #tick(): void {
    const now = performance.now();
    this.#samples.push({ at: now, settled: this.#settled() });
    while (this.#samples.length > 2 && now - this.#samples[0]!.at > RATE_MS) this.#samples.shift();
    if (now - this.#since >= QUIET_MS && this.#midLine !== true) this.#draw(now);
  }

  #settled(): number {
    let settled = this.#ended.settled;
    for (const { table } of this.#jobs) settled += table.settled;
    return settled;
  }

  #draw(now: number): void {
    const columns = this.#terminal.columns || 80;
    // Nobody knows where the cursor is: a line of blanks leads to the next one, unless this one was empty.
    const freshLine = this.#midLine === undefined ? `${' '.repeat(columns)}\r` : '\r';
    this.#midLine = false;
    this.#drawn = true;
    this.#drawnAt = now;
    this.#ownWrite(`${freshLine}${this.#line(columns)}\u001b[K`);
  }

  #line(columns: number): string {
    let failed = this.#ended.failed;
    let total: number | undefined = this.#ended.settled;
    for (const { table, length } of this.#jobs) {
      failed += table.failed;
      total = total === undefined || length === undefined ? undefined : total + length;
    }
    const jobs = this.#jobs.size + this.#ended.jobs;
    const [only] = this.#jobs;
    const title = jobs === 1 && only !== undefined ? plainName(only.name) : `${jobs} jobs`;
    const state = { title, settled: this.#settled(), failed, total, rate: this.#rate() };
    return progressLine(state, columns, this.#unicode);
  }

  #rate(): number {
    const first = this.#samples[0];
    const last = this.#samples[this.#samples.length - 1];
    if (first === undefined || last === undefined || last.at === first.at) return 0;
    return ((last.settled - first.settled) * 1000) / (last.at - first.at);
  }

  #erase(): void {
    if (!this.#drawn) return;
    this.#drawn = false;
    this.#ownWrite('\r\u001b[K');
  }

  #ownWrite: (text: string) => void = (text) => {
    this.#terminal.write(text);
  };

  /** B1, B2. Gives the way to stop. */
  #watchWrites(): () => void {
    const own = this.#ownWrite;
    const restore = [this.#terminal, ...this.#others.filter(({ isTTY }) => isTTY)].map((stream) =>
      this.#intercept(stream),
    );
    const ended = (): void => this.#erase();
    const interrupted = (signal: NodeJS.Signals): void => {
      this.#erase();
      if (process.listenerCount(signal) > 1) return;
      // As without a bar: where nobody else listens, the signal ends the process.
      process.off(signal, interrupted);
      process.kill(process.pid, signal);
    };
    process.on('exit', ended);
    process.on('uncaughtExceptionMonitor', ended);
    for (const signal of ENDING) process.on(signal, interrupted);
    return () => {
      for (const undo of restore) undo();
      this.#ownWrite = own;
      process.off('exit', ended);
      process.off('uncaughtExceptionMonitor', ended);
      for (const signal of ENDING) process.off(signal, interrupted);
      this.#release = undefined;
    };
  }

  #intercept(stream: Terminal): () => void {
    const write = stream.write;
    const before = Object.getOwnPropertyDescriptor(stream, 'write');
    if (stream === this.#terminal) this.#ownWrite = (text) => void write.call(stream, text);
    const intercepted = ((chunk: string | Uint8Array, ...rest: []): boolean => {
      this.#erase();
      try {
        return write.call(stream, chunk, ...rest);
      } finally {
        this.#written(chunk);
      }
    }) as Write;
    stream.write = intercepted;
    return () => {
      // Somebody who has put a writer of their own around this one keeps it: theirs must not be lost.
      if (stream.write !== intercepted) return;
      if (before === undefined) delete (stream as { write?: Write }).write;
      else Object.defineProperty(stream, 'write', before);
    };
  }

  #written(chunk: string | Uint8Array): void {
    if (chunk.length === 0) return;
    const last = chunk[chunk.length - 1];
    this.#midLine = last !== '\n' && last !== 10;
    const now = performance.now();
    if (this.#midLine || now - this.#since < QUIET_MS || now - this.#drawnAt < REDRAW_MS) return;
    if (this.#jobs.size > 0) this.#draw(now);
  }
}

const ENDING = ['SIGINT', 'SIGTERM'] as const;

let bar: ProgressBar | undefined;

/** Shows the job on standard error, where that is a terminal that somebody looks at. */
export function showProgress(job: JobCore): void {
  if (!isWatched(process.stderr, process.env)) return;
  bar ??= new ProgressBar(process.stderr, [process.stdout], writesUnicode(process.env));
  bar.add(job);
}

/**
 * Writes to standard output or error so that no progress bar is in the way. The text should end with a line break: until
 * one comes, the bar stays away.
 */
export function printAbove(stream: NodeJS.WritableStream, text: string | Uint8Array): void {
  // While a bar is shown, every write to these streams goes around it.
  stream.write(text);
}

type Environment = Readonly<Record<string, string | undefined>>;

export function isWatched({ isTTY }: Pick<Terminal, 'isTTY'>, env: Environment): boolean {
  const { CI, TERM } = env;
  return isTTY === true && TERM !== 'dumb' && (CI === undefined || CI === '' || CI === '0' || CI === 'false');
}

function writesUnicode({ LC_ALL, LC_CTYPE, LANG, WT_SESSION }: Environment): boolean {
  return WT_SESSION !== undefined || /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '');
}
