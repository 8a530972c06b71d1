/**
 * What a type of shared object is to the engine: how its state begins, and what each operation does to it.
 *
 * Everything here runs inside the log's step and has to be deterministic: the same entries give the same state on
 * every member. So operations have no clock but `call.at`, no randomness, no I/O, and answer with values that no later
 * operation changes (copy what is changed in place). State is plain data that `@skein/codec` can encode.
 */
import type { OperationName, TypeName } from '../objects/catalog.ts';
import type { Value } from '../value/value.ts';
import type { Refusal } from './refusal.ts';
import type { CodeReference, Task, TaskOutcome } from './task.ts';
import type { Waiter } from './waiter.ts';

/** An operation that will be answered later, when another one answers its waiter. */
export const PARKED: unique symbol = Symbol('parked');

export interface ObjectType<S = unknown> {
  readonly name: TypeName;
  create(config: readonly Value[], call: StepContext): S;
  /**
   * Whether a use with `asked` means the object that was made with `existing`.
   * @default every value that `asked` gives is the same
   */
  sameConfig?(existing: readonly Value[], asked: readonly Value[]): boolean;
  /** A later use differs in what `sameConfig` overlooks: this is the object's configuration from now on. */
  reconfigured?(state: S, config: readonly Value[], call: StepContext): void;
  /** Bytes of an object that is made so. @default those of its configuration */
  weight?(config: readonly Value[]): number;
  /** The user code that `create` needs for this configuration. */
  codes?(config: readonly Value[]): readonly CodeReference[];
  /** By their codes: the positions in the catalog. */
  readonly operations: readonly Operation<S>[];
  /** A session that held something of it (`call.hold`) is over; those that it had parked are gone already. */
  sessionEnded?(state: S, session: string, call: StepContext): void;
  /** A parked operation went before it was answered: timed out, cancelled, or its session ended. */
  abandoned?(
    state: S,
    waiter: Waiter,
    why: 'timeout' | 'cancelled' | 'session-ended',
    call: StepContext,
  ): void;
  /** User code has come to an end that `call.begin` had asked for. */
  finished?(state: S, task: Task, outcome: TaskOutcome, call: StepContext): void;
  /** The state as data for a snapshot, and back, where it is not such data itself. */
  dump?(state: S): unknown;
  restore?(data: unknown): S;
}

export interface Operation<S = unknown> {
  /** A read changes nothing: it is not logged, and a retry runs it again. */
  readonly kind: 'read' | 'write';
  /** Its arguments stay in the state: refused where memory is short. */
  readonly grows: boolean;
  /**
   * How many bytes more the state will take, where that is not the size of the arguments: they replace something, or
   * make room. Only asked if it `grows`.
   * @throws {Refusal} for arguments that cannot be
   */
  growth?(state: S, args: readonly Value[]): number;
  /** Its arguments are not looked at again once it is parked in a lane of the type: they are let go. */
  readonly lean?: true;
  /** @throws {Refusal} for arguments that cannot be; nothing must have changed then. */
  run(state: S, args: readonly Value[], call: StepContext): Value | typeof PARKED;
  /** The user code that it needs for these arguments. */
  codes?(args: readonly Value[]): readonly CodeReference[];
}

/** What an operation can see and do besides its object's state. */
export interface StepContext {
  /** When the entry was made, milliseconds since the epoch, by the clock of the member that made it. */
  readonly at: number;
  /** Who calls. */
  readonly session: string;
  /** The object's key. */
  readonly key: string;
  /**
   * Waits: the operation is answered by {@link answer} later. A lane is a queue of the object in order of arrival;
   * `data` is the type's own, plain, and stays with the waiter.
   */
  park(lane: string, data?: unknown): typeof PARKED;
  waiting(lane: string): number;
  first(lane: string): Waiter | undefined;
  /** In order of arrival; answering while walking is allowed. */
  all(lane: string): Iterable<Waiter>;
  answer(waiter: Waiter, reply: Value): void;
  refuse(waiter: Waiter, refusal: Refusal): void;
  /** Moves a parked operation to the end of another lane. */
  move(waiter: Waiter, lane: string): void;
  /** The session is told to {@link ObjectType.sessionEnded} when it ends; asked once or often is the same. */
  hold(session: string): void;
  unhold(session: string): void;
  /** The object goes, as if deleted; whoever waits for it, or for its turn, is given this refusal. */
  remove(refusal: Refusal): void;
  /** The state takes so many bytes more, or less. */
  grow(bytes: number): void;
  /**
   * Has user code run for the caller, off this thread: parks it, and calls `finished` with it as `caller`. Until then
   * other operations on the object wait their turn; reads go on.
   */
  runFor(task: Task): typeof PARKED;
  /** The same for nobody in particular. */
  begin(task: Task): void;
  /** The waiter for whom the running task was begun, if it still waits. */
  readonly caller: Waiter | undefined;
  /** Says something where the server's operator reads. */
  print(line: string): void;
}

/** For `defineType`: operations by name, in any order; the catalog orders them. */
export type Operations<N extends TypeName, S> = {
  readonly [Name in OperationName<N>]: Operation<S>;
};

type Run<S> = Operation<S>['run'];

export const read = <S>(run: Run<S>): Operation<S> => ({ kind: 'read', grows: false, run });
export const write = <S>(run: Run<S>): Operation<S> => ({ kind: 'write', grows: false, run });
/** A write whose arguments stay. */
export const store = <S>(run: Run<S>): Operation<S> => ({ kind: 'write', grows: true, run });
