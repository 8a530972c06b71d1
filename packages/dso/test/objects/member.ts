/** One member's engine without a network: operations go in by hand, time moves by hand, answers are looked at. */
import type { Clock } from '../../src/engine/clock.ts';
import { Engine } from '../../src/engine/engine.ts';
import type { ObjectType } from '../../src/engine/object-type.ts';
import { Refusal } from '../../src/engine/refusal.ts';
import type { Target } from '../../src/engine/request.ts';
import type { Session } from '../../src/engine/session.ts';
import type { TaskRunner } from '../../src/engine/tasks-at-work.ts';
import { CATALOG, DELETE, typeNameOf } from '../../src/objects/catalog.ts';
import { slotOf } from '../../src/ring/hash.ts';
import type { Value } from '../../src/value/value.ts';

export class ManualClock implements Clock {
  time = 1_000_000;
  readonly #timers = new Set<{ readonly at: number; readonly work: () => void }>();

  now(): number {
    return this.time;
  }

  after(ms: number, work: () => void): () => void {
    const timer = { at: this.time + ms, work };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Lets time pass: what falls due runs in its order. */
  pass(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const due = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.time = Math.max(this.time, due.at);
      due.work();
    }
    this.time = end;
  }
}

/** An operation that was begun: its answer, once there is one. */
export interface Asked {
  readonly sequence: number;
  readonly answer: { readonly value: Value | Refusal } | undefined;
}

export interface AskOptions {
  readonly timeoutMs?: number;
  readonly fence?: number;
  readonly sequence?: number;
  readonly acked?: number;
  /** Of the connection. */
  readonly order?: number;
}

export interface MemberOptions {
  readonly types: readonly ObjectType[];
  readonly tasks?: TaskRunner;
  readonly maxObjectBytes?: number;
  readonly maxMemoryBytes?: number;
}

const noTasks: TaskRunner = {
  refusalOf: () => new Refusal('user-code-refused', 'this member runs no user code'),
  run: () => Promise.reject(new Error('this member runs no user code')),
  forget() {},
};

export class Member {
  readonly clock = new ManualClock();
  readonly engine: Engine;
  readonly printed: string[] = [];
  readonly #sequences = new Map<string, number>();

  constructor(options: MemberOptions) {
    this.engine = new Engine({
      types: new Map(options.types.map((type) => [type.name, type])),
      clock: this.clock,
      incarnation: 'test',
      limits: {
        maxObjectBytes: options.maxObjectBytes ?? 2 ** 26,
        maxMemoryBytes: options.maxMemoryBytes ?? 2 ** 28,
      },
      tasks: options.tasks ?? noTasks,
      print: (line) => this.printed.push(line),
    });
  }

  /** A client's session, which lives until it is ended or time passes its `ttlMs`. */
  session(id: string, ttlMs = 1e9): Session {
    const session = this.engine.sessions.open(id, ttlMs, undefined, false);
    if (session instanceof Refusal) throw new Error(session.message);
    return session;
  }

  end(session: Session): void {
    this.engine.sessions.end(session);
  }

  object(typeName: string, key: string, config: readonly Value[] = []): Target {
    return {
      slot: slotOf(typeName, key),
      typeName,
      key,
      config,
      mode: 'create',
      seenIn: undefined,
      cell: undefined,
    };
  }

  /** Begins an operation by its name. */
  ask(
    session: Session,
    target: Target,
    operation: string,
    args: readonly Value[] = [],
    options: AskOptions = {},
  ): Asked {
    const type = typeNameOf(target.typeName) as keyof typeof CATALOG;
    const code = operation === 'DELETE' ? DELETE : (CATALOG[type] as readonly string[]).indexOf(operation);
    const isRead = code !== DELETE && this.#kind(target, code) === 'read';
    const lane = `${session.id}/${target.slot}`;
    const next = (this.#sequences.get(lane) ?? 0) + 1;
    const sequence = isRead ? 0 : (options.sequence ?? next);
    if (!isRead && options.sequence === undefined) this.#sequences.set(lane, next);
    const asked: { sequence: number; answer: { value: Value | Refusal } | undefined } = {
      sequence,
      answer: undefined,
    };
    this.engine.submit({
      port: {
        order: options.order ?? 0,
        earlyBytes: 0,
        reply(_callId, value) {
          if (asked.answer !== undefined) throw new Error(`${operation} was answered twice`);
          asked.answer = { value };
        },
      },
      callId: 1,
      session,
      target,
      operation: code,
      sequence,
      acked: options.acked ?? 0,
      epoch: 0,
      fence: options.fence ?? 0,
      remainingMs: options.timeoutMs ?? Number.POSITIVE_INFINITY,
      args,
    });
    return asked;
  }

  /** An operation that is answered at once; throws its refusal. */
  do(
    session: Session,
    target: Target,
    operation: string,
    args: readonly Value[] = [],
    options: { fence?: number } = {},
  ): Value {
    const { answer } = this.ask(session, target, operation, args, options);
    if (answer === undefined) throw new Error(`${operation} waits`);
    if (answer.value instanceof Refusal) throw answer.value;
    return answer.value;
  }

  /** Gives up an operation that waits. */
  cancel(session: Session, target: Target, asked: Asked): void {
    this.engine.cancel(session, target.slot, asked.sequence);
  }

  #kind(target: Target, code: number): 'read' | 'write' | undefined {
    return this.engine.typeOf(target.typeName)?.operations[code]?.kind;
  }
}
