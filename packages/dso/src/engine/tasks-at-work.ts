import type { Cell } from './cell.ts';
import type { Refusal } from './refusal.ts';
import type { CodeReference, Task, TaskOutcome } from './task.ts';

/** Runs user code, elsewhere. */
export interface TaskRunner {
  /** Why code cannot be run here: it is not allowed, or has to be sent first. */
  refusalOf(code: CodeReference): Refusal | undefined;
  /** @param object names the object whose instance may still be at hand */
  run(object: string, task: Task): Promise<TaskOutcome>;
  forget(object: string): void;
}

/** User code that runs for the objects of an engine. */
export class TasksAtWork {
  readonly #runner: TaskRunner;
  readonly #finish: (cell: Cell, outcome: TaskOutcome) => void;
  #begun = 0;
  #running = 0;
  #whenIdle: (() => void)[] = [];
  /** How those that have ended have. */
  readonly outcomes: Record<TaskOutcome['kind'], number> = { done: 0, threw: 0, failed: 0 };

  /** @param finish takes the outcome of what a cell waits for */
  constructor(runner: TaskRunner, finish: (cell: Cell, outcome: TaskOutcome) => void) {
    this.#runner = runner;
    this.#finish = finish;
  }

  /** Since the start. */
  get begun(): number {
    return this.#begun;
  }

  run(cell: Cell): void {
    this.#begun++;
    this.#running++;
    const begun = cell.task!;
    const ended = (outcome: TaskOutcome): void => {
      this.outcomes[outcome.kind]++;
      // Unless it was deleted meanwhile, and perhaps something else runs for a new object of the name.
      if (cell.task === begun) this.#finish(cell, outcome);
      // What it has let in may run user code in turn.
      this.#running--;
      if (this.#running === 0) for (const resolve of this.#whenIdle.splice(0)) resolve();
    };
    this.#runner.run(objectId(cell), begun.task).then(ended, (error: unknown) =>
      ended({
        kind: 'failed',
        code: 'crashed',
        message: error instanceof Error ? error.message : String(error),
      }),
    );
  }

  /** The object is gone: its instance is not needed any more. */
  forget(cell: Cell): void {
    this.#runner.forget(objectId(cell));
  }

  /** Resolves when nothing runs. */
  idle(): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }
}

/** In full: what messages call it may be cut. */
function objectId(cell: Cell): string {
  return `${cell.typeName} ${JSON.stringify(cell.key)}`;
}
