import type { Clock } from './clock.ts';
import type { Limits } from './limits.ts';
import type { SlotLog } from './log.ts';
import type { ObjectType } from './object-type.ts';
import type { Refusal } from './refusal.ts';
import type { TaskRunner } from './tasks-at-work.ts';

export interface EngineOptions {
  readonly types: ReadonlyMap<string, ObjectType>;
  readonly clock: Clock;
  /** Names this life of the node: what it holds is lost with it. */
  readonly incarnation: string;
  readonly limits: Limits;
  readonly tasks: TaskRunner;
  /** Lines that objects say to the operator. */
  readonly print: (line: string) => void;
  /** @default that of a node without others */
  readonly log?: (slot: number) => SlotLog;
  /** In a cluster: slots come by `adopt` and go by `release`, and of all others this says where they are. */
  readonly elsewhere?: ((slot: number) => Refusal) | undefined;
  /**
   * What it holds outlives it: who still waits at its end is told nothing, and asks the one that comes after it for the same.
   * @default false
   */
  readonly isDurable?: boolean;
  /** Why nothing new can be let in now. Numbers of operations are not taken by that. */
  readonly mayLog?: (() => Refusal | undefined) | undefined;
}

export interface EngineStats {
  readonly objects: number;
  readonly bytes: number;
  /** Of answers that their clients have not acknowledged: the large ones. */
  readonly keptBytes: number;
  readonly sessions: number;
  /** Those that have objects. */
  readonly leases: number;
  readonly waiting: number;
  readonly calls: number;
  readonly reads: number;
  readonly tasks: number;
  /** Of these, those that were done, whose code threw, and that could not be run to their end. */
  readonly tasksDone: number;
  readonly tasksThrew: number;
  readonly tasksFailed: number;
  readonly refused: number;
}
