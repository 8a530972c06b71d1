/** User code that runs when a test says so, and comes to what it says. */
import type { Refusal } from '../../src/engine/refusal.ts';
import type { CodeReference, Task, TaskOutcome } from '../../src/engine/task.ts';
import type { TaskRunner } from '../../src/engine/tasks-at-work.ts';

export class FakeTasks implements TaskRunner {
  /** What has been begun and not been finished. */
  readonly begun: {
    readonly object: string;
    readonly task: Task;
    readonly settle: (outcome: TaskOutcome) => void;
  }[] = [];
  readonly forgotten: string[] = [];
  readonly missing: Map<string, Refusal> = new Map();

  refusalOf(code: CodeReference): Refusal | undefined {
    return code.kind === 'bundle' ? this.missing.get(code.hash) : undefined;
  }

  run(object: string, task: Task): Promise<TaskOutcome> {
    return new Promise((settle) => this.begun.push({ object, task, settle }));
  }

  forget(object: string): void {
    this.forgotten.push(object);
  }

  /** The task that was begun first, as one of a kind. */
  next<K extends Task['kind']>(kind: K): Extract<Task, { kind: K }> {
    const task = this.begun[0]?.task;
    if (task?.kind !== kind) throw new Error(`${kind} was expected, and ${task?.kind ?? 'nothing'} runs`);
    return task as Extract<Task, { kind: K }>;
  }

  /** Ends the task that was begun first. */
  async finish(outcome: TaskOutcome): Promise<void> {
    const first = this.begun.shift();
    if (first === undefined) throw new Error('no task runs');
    first.settle(outcome);
    // The engine takes it up as a promise's reaction.
    await new Promise((resume) => setImmediate(resume));
  }
}
