import type { Connection, Context, Process } from '@skein/multiprocessing';

/** A round's work for one process; `null`: there are no more. */
export type Share<S> = S | null;

/** When it began and ended, by a clock that all processes of a machine have in common, and what came of it. */
export interface Done<R> {
  readonly from: number;
  readonly to: number;
  readonly result: R;
}

/** How a process of a crew is told what to do. */
export type Control<S, R> = Connection<Done<R>, Share<S>>;

interface Member<S, R> {
  readonly process: Process<never[]>;
  readonly control: Connection<Share<S>, Done<R>>;
}

/** Processes that stay for all rounds. */
export class Crew<S, R> {
  readonly #context: Context;
  readonly #members: Member<S, R>[] = [];

  constructor(context: Context) {
    this.#context = context;
  }

  /** Another process, which does what it is told: see {@link obey}. */
  add<A extends readonly unknown[]>(
    target: (control: Control<S, R>, ...args: A) => Promise<void>,
    ...args: A
  ): void {
    const [control, theirs] = this.#context.Pipe<Share<S>, Done<R>>();
    const process = new this.#context.Process({ target, args: [theirs, ...args] });
    void process.start();
    this.#members.push({ process, control });
  }

  /** All do the same, at the same time. */
  async play(share: S): Promise<{ readonly ms: number; readonly results: readonly R[] }> {
    const done = await Promise.all(
      this.#members.map(async ({ control }) => {
        await control.send(share);
        return control.recv();
      }),
    );
    const from = Math.min(...done.map((one) => one.from));
    return {
      ms: Math.max(...done.map((one) => one.to)) - from,
      results: done.map(({ result }) => result),
    };
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#members.map(async ({ process, control }) => {
        await control.send(null);
        await process.join();
      }),
    );
  }
}

/** What a process of a crew does until there is no more. */
export async function obey<S, R>(control: Control<S, R>, work: (share: S) => Promise<R>): Promise<void> {
  for (;;) {
    const share = await control.recv();
    if (share === null) return;
    const from = now();
    const result = await work(share);
    await control.send({ from, to: now(), result });
  }
}

/** Milliseconds: not of the process, as `performance.now()`, but of the machine. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
