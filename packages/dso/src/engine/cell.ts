import type { Value } from '../value/value.ts';
import type { ObjectType } from './object-type.ts';
import type { SlotLease } from './slot-lease.ts';
import type { Task } from './task.ts';
import type { Waiter } from './waiter.ts';

/** Empty lanes that stay, for most objects have few, and use them again. */
const SPARE_LANES = 8;

/** A shared object as its slot holds it. */
export class Cell {
  /** The number of its slot. */
  readonly slot: number;
  readonly type: ObjectType;
  /** The type as the reference names it: a user's class is `class:Name`. */
  readonly typeName: string;
  readonly key: string;
  config: readonly Value[] = [];
  /** The type's own; `undefined` until it is created. */
  state: unknown = undefined;
  created = false;
  /** The highest fencing token that a write has shown. */
  fence = 0;
  /** With which it goes: that of its first use. */
  lease: SlotLease | undefined = undefined;
  /** Bytes of its state, about. */
  bytes = 0;
  /** Parked operations, in order of arrival. */
  readonly lanes: Map<string, Set<Waiter>> = new Map();
  /** User code that runs for it; other operations wait their turn. */
  task: { readonly task: Task; readonly caller: Waiter | undefined } | undefined;

  constructor(slot: number, type: ObjectType, typeName: string, key: string) {
    this.slot = slot;
    this.type = type;
    this.typeName = typeName;
    this.key = key;
  }

  lane(name: string): Set<Waiter> {
    let lane = this.lanes.get(name);
    if (lane === undefined) {
      lane = new Set();
      this.lanes.set(name, lane);
    }
    return lane;
  }

  /** Takes a waiter out of its lane. Types make lanes by names of users: those without waiters must not pile up. */
  leave(waiter: Waiter): void {
    const lane = this.lanes.get(waiter.lane);
    if (lane?.delete(waiter) === true && lane.size === 0 && this.lanes.size > SPARE_LANES)
      this.lanes.delete(waiter.lane);
  }
}
