/** Lets the engine run user code in the threads of a {@link UserHost}, where the node allows it. */
import { encode } from '@skein/codec';
import { Refusal } from '../engine/refusal.ts';
import type { CodeReference, Task, TaskOutcome } from '../engine/task.ts';
import type { TaskRunner } from '../engine/tasks-at-work.ts';
import { ITSELF } from '../objects/user-class.ts';
import type { CodeText } from '../user/code.ts';
import type { UserOutcome, UserResult } from '../user/task.ts';
import { UserHost, type UserHostOptions } from '../user/user-host.ts';
import { Packed, type Value } from '../value/value.ts';

export interface UserTasksOptions extends UserHostOptions {
  /** Whether clients may send code. */
  readonly allowShipped: boolean;
}

export class UserTasks implements TaskRunner {
  readonly #host: UserHost;
  readonly #allowShipped: boolean;
  readonly #preloaded = new Set<string>();

  constructor({ allowShipped, ...options }: UserTasksOptions) {
    this.#host = new UserHost(options);
    this.#allowShipped = allowShipped;
  }

  /** What the server's operator has loaded for all clients. */
  async preload(module: string): Promise<readonly string[]> {
    const names = await this.#host.preload(module);
    for (const name of names) this.#preloaded.add(name);
    return names;
  }

  get preloaded(): readonly string[] {
    return [...this.#preloaded];
  }

  /** Where clients may send none it is passed over. @throws {Refusal} when it is none */
  addCode(hash: string, bytes: Uint8Array): void {
    if (!this.#allowShipped) return;
    try {
      const text = JSON.parse(Buffer.from(bytes).toString('utf8')) as CodeText;
      if (text.hash !== hash) throw new Error(`it calls itself ${text.hash}`);
      this.#host.addCode(text);
    } catch (error) {
      throw new Refusal('protocol', `code ${hash} cannot be used: ${(error as Error).message}`);
    }
  }

  refusalOf(code: CodeReference): Refusal | undefined {
    // What the operator has loaded is used by its name, whatever text the client has of it.
    if (this.#preloaded.has(code.name)) return undefined;
    if (code.kind === 'preloaded')
      return new Refusal(
        'user-code-refused',
        `this server has not loaded '${code.name}' (--load); it has ${list(this.#preloaded)}`,
      );
    if (!this.#allowShipped)
      return new Refusal(
        'user-code-refused',
        `this server takes no code from clients, and has not loaded '${code.name}': start it with --allow-user-classes, or with --load and the module that exports it`,
      );
    return this.#host.hasCode(code.hash)
      ? undefined
      : new Refusal('need-code', `the code of '${code.name}' is not here`, code.hash);
  }

  async run(object: string, task: Task): Promise<TaskOutcome> {
    const code = this.#resolved(task.code);
    switch (task.kind) {
      case 'construct':
      case 'invoke':
        return outcomeOf(
          await this.#host.run(
            task.kind === 'construct'
              ? { kind: 'construct', object, code, args: task.args, argCodes: task.codes }
              : {
                  kind: 'invoke',
                  object,
                  code,
                  state: task.state,
                  method: task.method,
                  args: task.args,
                  argCodes: task.codes,
                },
          ),
        );
      case 'fold':
        return outcomeOf(await this.#host.run({ kind: 'fold', code, values: task.values.map(encoded) }));
      case 'each': {
        const calls = task.calls.map((args) => args.map(encoded));
        return outcomeOf(await this.#host.run({ kind: 'each', code, calls }));
      }
    }
  }

  forget(object: string): void {
    this.#host.forget(object);
  }

  close(): Promise<void> {
    return this.#host.close();
  }

  #resolved(code: CodeReference): CodeReference {
    return this.#preloaded.has(code.name) ? { kind: 'preloaded', name: code.name } : code;
  }
}

function encoded(value: Value): Uint8Array {
  return value instanceof Packed ? value.bytes : encode(value).toBytes();
}

function outcomeOf(outcome: UserOutcome): TaskOutcome {
  if (outcome.kind !== 'done') return outcome;
  const { state, results, self } = outcome;
  return { kind: 'done', state, results: self === true ? [ITSELF] : results.map(held) };
}

function held(result: UserResult): Value {
  return result instanceof Uint8Array ? new Packed(result) : result;
}

function list(names: ReadonlySet<string>): string {
  return names.size === 0 ? 'loaded nothing' : [...names].join(', ');
}
