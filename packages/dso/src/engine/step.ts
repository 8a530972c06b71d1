/**
 * Applies one entry of a slot's log to the slot's state. Deterministic: all members that apply the same entries have
 * the same state and the same answers. What has to happen besides (answers leave, user code runs, timers are set) is
 * told to `effects`; a member that only follows ignores it.
 */
import type { Lease } from '../lease.ts';
import { DELETE } from '../objects/catalog.ts';
import type { Value } from '../value/value.ts';
import type { Cell } from './cell.ts';
import type { Entry } from './entry.ts';
import { name, operationName, reasonOf, refusalOf } from './names.ts';
import { PARKED, type StepContext } from './object-type.ts';
import { Refusal } from './refusal.ts';
import { cellId, type Slot } from './slot.ts';
import { SlotLease } from './slot-lease.ts';
import type { SlotSession } from './slot-session.ts';
import type { Task } from './task.ts';
import { Waiter } from './waiter.ts';

export type Reply = Value | Refusal;

/** What the member that owns the slot does about an entry. */
export interface Effects {
  /** A parked operation has its answer. */
  answered(waiter: Waiter, reply: Reply): void;
  /** An operation was parked. */
  parked(waiter: Waiter): void;
  /** User code is to run for the object: its outcome becomes a `finish`. */
  begun(cell: Cell): void;
  /** What the object's state takes has changed. */
  grew(bytes: number): void;
  gone(cell: Cell): void;
  /** There are objects of a lease in the slot, the first or again. */
  leased(slot: Slot, lease: Lease): void;
  /** There are none of it any more. */
  unleased(slot: Slot, lease: Lease): void;
  print(cell: Cell, line: string): void;
}

/** Why an operation has waited in vain for an object. */
const NOT_MADE =
  ': the object is not there; the program that made this handle has not made it yet, or it was deleted, and is made anew ' +
  'by the next use in that program';

/** Where operations wait for user code that runs for their object, or for its creation. */
const TURN = '\0turn';
/** The operation for which user code runs. */
const RUNNING = '\0running';

/** Applies entries; made once, it allocates nothing an entry. */
export class Stepper implements StepContext {
  readonly #effects: Effects;
  #slot!: Slot;
  #cell!: Cell;
  /** Of an operation that writes. */
  #session!: SlotSession;
  /** Who calls: a read's session may be unknown to the slot, for nothing of it is logged. */
  #caller = '';
  #sequence = 0;
  #operation = 0;
  #args: readonly Value[] = [];
  #fence = 0;
  #deadline = Number.POSITIVE_INFINITY;
  /** The operation that runs has been parked as this. */
  #parked: Waiter | undefined;
  at = 0;
  caller: Waiter | undefined;

  constructor(effects: Effects) {
    this.#effects = effects;
  }

  /** The answer to the entry's own operation, or {@link PARKED}; `undefined` for entries that are none. */
  step(slot: Slot, entry: Entry): Reply | typeof PARKED {
    this.#slot = slot;
    this.at = entry.at;
    slot.at = entry.at;
    switch (entry.kind) {
      case 'call':
        return this.#call(entry);
      case 'create':
        return this.#create(entry);
      case 'refuse':
        entry.session.introduced = true;
        entry.session.last = entry.sequence;
        entry.session.trim(entry.acked);
        entry.session.keep(entry.sequence, entry.refusal);
        return entry.refusal;
      case 'finish':
        return this.#finish(entry);
      case 'give-up':
        return this.#giveUp(entry.waiter, entry.why);
      case 'acknowledge':
        entry.session.introduced = true;
        for (const sequence of entry.sequences) entry.session.drop(sequence);
        return undefined;
      case 'end':
        return this.#end(entry.session, entry.expired);
      case 'end-lease':
        return this.#endLease(entry.lease);
      case 'clear':
        for (const cell of [...slot.cells.values()]) this.#remove(cell);
        return undefined;
    }
  }

  /** Runs an operation that changes nothing. It is not logged. */
  read(
    slot: Slot,
    cell: Cell,
    session: string,
    operation: number,
    args: readonly Value[],
    at: number,
  ): Reply {
    this.#slot = slot;
    this.at = at;
    this.#cell = cell;
    this.#caller = session;
    this.#operation = operation;
    this.#args = args;
    this.caller = undefined;
    return this.#run(cell) as Reply;
  }

  #call(entry: Extract<Entry, { kind: 'call' }>): Reply | typeof PARKED {
    const { session, sequence, cell } = entry;
    session.introduced = true;
    session.last = sequence;
    session.trim(entry.acked);
    this.#enter(cell, session, sequence, entry.operation, entry.args, entry.fence, entry.deadline);
    // A delete is not held up: it also ends what is running.
    const reply =
      entry.operation !== DELETE && (cell.task !== undefined || !cell.created)
        ? this.#park(TURN)
        : this.#admit(cell);
    if (reply !== PARKED) session.keep(sequence, reply as Reply);
    return reply;
  }

  #enter(
    cell: Cell,
    session: SlotSession,
    sequence: number,
    operation: number,
    args: readonly Value[],
    fence: number,
    deadline: number,
  ): void {
    this.#cell = cell;
    this.#session = session;
    this.#caller = session.id;
    this.#sequence = sequence;
    this.#operation = operation;
    this.#args = args;
    this.#fence = fence;
    this.#deadline = deadline;
    this.#parked = undefined;
    this.caller = undefined;
  }

  /** Runs the operation if its fencing token is not of the past. */
  #admit(cell: Cell): Reply | typeof PARKED {
    const fence = this.#fence;
    if (fence !== 0) {
      if (fence < cell.fence)
        return new Refusal(
          'stale-fence',
          `the fencing token ${fence} is of the past: ${name(cell)} has seen ${cell.fence}; whoever has it no longer holds the lock`,
          cell.fence,
        );
      cell.fence = fence;
    }
    if (this.#operation === DELETE) {
      this.#remove(cell);
      return true;
    }
    return this.#run(cell);
  }

  #run(cell: Cell): Reply | typeof PARKED {
    try {
      return cell.type.operations[this.#operation]!.run(cell.state, this.#args, this);
    } catch (error) {
      return refusalOf(error, cell);
    }
  }

  #create({ cell, config, session, lease }: Extract<Entry, { kind: 'create' }>): Reply {
    session.introduced = true;
    this.#enter(cell, session, 0, 0, config, 0, Number.POSITIVE_INFINITY);
    if (cell.created) {
      try {
        cell.type.reconfigured?.(cell.state, config, this);
      } catch (error) {
        return refusalOf(error, cell);
      }
      cell.config = config;
      return undefined;
    }
    try {
      cell.state = cell.type.create(config, this);
    } catch (error) {
      // It is this configuration that cannot be: who waits for the object's maker waits on.
      if (cell.task !== undefined) this.#effects.gone(cell);
      cell.task = undefined;
      this.grow(-cell.bytes);
      this.#forgetUnmade(cell);
      return refusalOf(error, cell);
    }
    cell.config = config;
    cell.created = true;
    this.grow(CELL_BYTES + cell.key.length * 2);
    if (lease !== undefined) this.#join(cell, lease);
    this.#takeTurns(cell);
    return undefined;
  }

  #finish({ cell, outcome }: Extract<Entry, { kind: 'finish' }>): undefined {
    const running = cell.task;
    // The object was deleted meanwhile.
    if (running === undefined) return;
    cell.task = undefined;
    this.#cell = cell;
    this.caller = running.caller?.done === false ? running.caller : undefined;
    try {
      cell.type.finished?.(cell.state, running.task, outcome, this);
    } catch (error) {
      if (this.caller !== undefined) this.refuse(this.caller, refusalOf(error, cell));
    }
    this.caller = undefined;
    this.#takeTurns(cell);
  }

  /** Operations that have waited for the object's user code run, until one begins some again. */
  #takeTurns(cell: Cell): void {
    const turn = cell.lanes.get(TURN);
    if (turn === undefined) return;
    for (const waiter of turn) {
      if (cell.task !== undefined || !cell.created) return;
      turn.delete(waiter);
      this.#enter(
        cell,
        waiter.session,
        waiter.sequence,
        waiter.operation,
        waiter.args,
        waiter.fence,
        waiter.deadline,
      );
      // It has been parked before: if it parks again, it is the same waiter.
      this.#parked = waiter;
      const reply = this.#admit(cell);
      if (reply !== PARKED) this.#settle(waiter, reply as Reply);
    }
  }

  #giveUp(waiter: Waiter, why: 'timeout' | 'cancelled'): undefined {
    if (waiter.done) return;
    const { cell } = waiter;
    this.#cell = cell;
    const refusal =
      why === 'timeout'
        ? new Refusal(
            'timeout',
            `${name(cell)}.${operationName(waiter)} was not possible in time${cell.created ? '' : NOT_MADE}`,
          )
        : new Refusal('cancelled', `${name(cell)}.${operationName(waiter)} was cancelled`);
    const { lane } = waiter;
    this.#settle(waiter, refusal);
    this.#forgetUnmade(cell);
    if (isOwnLane(lane)) this.#abandoned(waiter, why);
  }

  #abandoned(waiter: Waiter, why: 'timeout' | 'cancelled' | 'session-ended'): void {
    const { cell } = waiter;
    try {
      cell.type.abandoned?.(cell.state, waiter, why, this);
    } catch (error) {
      this.#failed(cell, error);
    }
  }

  /** A type's own mistake where nobody could be told. */
  #failed(cell: Cell, error: unknown): void {
    this.#effects.print(cell, `failed: ${reasonOf(error)}`);
  }

  #end(session: SlotSession, expired: boolean): undefined {
    const { sessions } = this.#slot;
    if (expired) this.#slot.bury(session.id);
    // First it is gone, so that nothing is granted to it any more.
    sessions.delete(session.id);
    const gone = new Refusal('session-lost', 'the session is over');
    // By their numbers: a session that has come in a snapshot has its waiters in another order.
    const waiters = [...session.waiters.values()].sort((a, b) => a.sequence - b.sequence);
    // All at once, so that what one of them leaves is not granted to another one of the same session.
    for (const waiter of waiters) this.#settle(waiter, gone);
    for (const waiter of waiters) {
      const { cell, lane } = waiter;
      this.#cell = cell;
      this.#forgetUnmade(cell);
      if (isOwnLane(lane)) this.#abandoned(waiter, 'session-ended');
    }
    for (const cell of session.held) {
      this.#cell = cell;
      try {
        cell.type.sessionEnded?.(cell.state, session.id, this);
      } catch (error) {
        this.#failed(cell, error);
      }
    }
    session.held.clear();
    session.dropAll();
  }

  #endLease(id: string): undefined {
    for (const cell of [...(this.#slot.leases.get(id)?.cells ?? [])])
      this.#remove(
        cell,
        new Refusal('object-deleted', `${name(cell)} was deleted while this waited: its lease has ended`),
      );
  }

  #join(cell: Cell, lease: Lease): void {
    const { leases } = this.#slot;
    let its = leases.get(lease.id);
    if (its === undefined) {
      its = new SlotLease(lease);
      leases.set(lease.id, its);
      this.#effects.leased(this.#slot, its);
    }
    its.cells.add(cell);
    cell.lease = its;
  }

  #leave(cell: Cell): void {
    const { lease } = cell;
    if (lease === undefined) return;
    cell.lease = undefined;
    lease.cells.delete(cell);
    if (lease.cells.size > 0) return;
    this.#slot.leases.delete(lease.id);
    this.#effects.unleased(this.#slot, lease);
  }

  /** It was never made, and nobody waits for that any more. */
  #forgetUnmade(cell: Cell): void {
    if (cell.created || (cell.lanes.get(TURN)?.size ?? 0) > 0) return;
    const id = cellId(cell.typeName, cell.key);
    if (this.#slot.cells.get(id) === cell) this.#slot.cells.delete(id);
  }

  #remove(
    cell: Cell,
    refusal = new Refusal('object-deleted', `${name(cell)} was deleted while this waited`),
  ): void {
    this.#slot.cells.delete(cellId(cell.typeName, cell.key));
    for (const lane of cell.lanes.values()) {
      for (const waiter of [...lane]) this.#settle(waiter, refusal);
    }
    for (const session of this.#slot.sessions.values()) session.held.delete(cell);
    cell.created = false;
    cell.task = undefined;
    this.#leave(cell);
    this.#cell = cell;
    this.grow(-cell.bytes);
    this.#effects.gone(cell);
  }

  /** A waiter has its answer. */
  #settle(waiter: Waiter, reply: Reply): void {
    waiter.done = true;
    waiter.cell.leave(waiter);
    waiter.session.waiters.delete(waiter.sequence);
    waiter.session.keep(waiter.sequence, reply);
    this.#effects.answered(waiter, reply);
  }

  #park(lane: string, data?: unknown): typeof PARKED {
    let waiter = this.#parked;
    if (waiter === undefined) {
      waiter = new Waiter(
        this.#session,
        this.#sequence,
        this.#cell,
        this.#operation,
        this.#args,
        this.#fence,
        this.#deadline,
      );
      this.#parked = waiter;
      this.#session.waiters.set(this.#sequence, waiter);
      this.#effects.parked(waiter);
    }
    waiter.lane = lane;
    waiter.data = data;
    if (isOwnLane(lane) && this.#cell.type.operations[this.#operation]?.lean === true) waiter.args = [];
    this.#cell.lane(lane).add(waiter);
    return PARKED;
  }

  // What operations can do: StepContext.

  get session(): string {
    return this.#caller;
  }

  get key(): string {
    return this.#cell.key;
  }

  park(lane: string, data?: unknown): typeof PARKED {
    return this.#park(lane, data);
  }

  waiting(lane: string): number {
    return this.#cell.lanes.get(lane)?.size ?? 0;
  }

  first(lane: string): Waiter | undefined {
    return this.#cell.lanes.get(lane)?.values().next().value;
  }

  all(lane: string): Iterable<Waiter> {
    return this.#cell.lanes.get(lane) ?? [];
  }

  answer(waiter: Waiter, reply: Value): void {
    if (!waiter.done) this.#settle(waiter, reply);
  }

  refuse(waiter: Waiter, refusal: Refusal): void {
    if (!waiter.done) this.#settle(waiter, refusal);
  }

  move(waiter: Waiter, lane: string): void {
    this.#cell.leave(waiter);
    waiter.lane = lane;
    this.#cell.lane(lane).add(waiter);
  }

  hold(session: string): void {
    this.#slot.sessions.get(session)?.held.add(this.#cell);
  }

  unhold(session: string): void {
    this.#slot.sessions.get(session)?.held.delete(this.#cell);
  }

  remove(refusal: Refusal): void {
    this.#remove(this.#cell, refusal);
  }

  grow(bytes: number): void {
    this.#cell.bytes += bytes;
    this.#slot.bytes += bytes;
    this.#effects.grew(bytes);
  }

  begin(task: Task): void {
    this.#cell.task = { task, caller: undefined };
    this.#effects.begun(this.#cell);
  }

  runFor(task: Task): typeof PARKED {
    this.#park(RUNNING);
    this.#cell.task = { task, caller: this.#parked };
    this.#effects.begun(this.#cell);
    return PARKED;
  }

  print(line: string): void {
    this.#effects.print(this.#cell, line);
  }
}

/** Whether a lane is the type's, not the stepper's. */
function isOwnLane(lane: string): boolean {
  return lane !== TURN && lane !== RUNNING;
}

/** What an object costs besides its state, bytes. */
const CELL_BYTES = 400;
