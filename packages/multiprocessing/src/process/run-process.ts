/** What a process does, where it runs. It is sent there: what it imports goes along. */
import { processState } from '../process-state.ts';
import { enter, type Home } from '../worker.ts';

export interface ProcessSpec extends Home {
  /** A function and what it is called with, or an instance of a subclass. */
  readonly work:
    | { readonly target: ((...args: never[]) => unknown) | undefined; readonly args: readonly unknown[] }
    | { run(): unknown };
}

export async function runProcess(_: undefined, spec: ProcessSpec): Promise<void> {
  const { work } = spec;
  const leave = enter(spec);
  try {
    if ('run' in work) await work.run();
    else {
      // Called by itself: it is no method of anything.
      const { target, args } = work;
      await target?.(...(args as never[]));
    }
  } finally {
    await joinChildren();
    await leave();
  }
}

/** As Python's: who has ended waits for those that it has started, but for daemons. */
async function joinChildren(): Promise<void> {
  for (const child of [...processState().children]) {
    if (child.daemon) child.terminate();
    await child.join();
  }
}
