/**
 * Holds the slots that this node owns: takes requests, logs what writes, applies it, answers when it is committed.
 *
 * D1 Operations on one object are serial. D2 No answer leaves before what it has seen is committed. D3 A session's
 * sequence number makes an operation apply once. D4 A request of another epoch is refused. D6 A waiter is data.
 */

import { SKIP, typeNameOf } from '../objects/catalog.ts';
import { SLOTS } from '../ring/hash.ts';
import { Admission, forgetUnused, noSuchOperation, notMade } from './admission.ts';
import { Cell } from './cell.ts';
import type { Clock } from './clock.ts';
import type { EarlyBytes } from './early-requests.ts';
import type { Entry } from './entry.ts';
import { Farewell } from './farewell.ts';
import { Leases } from './leases.ts';
import { type SlotLog, SoleLog } from './log.ts';
import { name } from './names.ts';
import { type ObjectType, PARKED } from './object-type.ts';
import type { EngineOptions, EngineStats } from './options.ts';
import { OwnedSlot, type Say } from './owned-slot.ts';
import { Refusal, type RefusalCode, UNDONE, UNKNOWN } from './refusal.ts';
import type { Request } from './request.ts';
import type { Session } from './session.ts';
import { Sessions } from './sessions.ts';
import { cellId, Slot } from './slot.ts';
import type { SlotSession } from './slot-session.ts';
import { type Effects, type Reply, Stepper } from './step.ts';
import { TasksAtWork } from './tasks-at-work.ts';
import { Timers } from './timers.ts';
import type { Waiter } from './waiter.ts';

export class Engine {
  readonly incarnation: string;
  readonly sessions: Sessions;
  readonly leases: Leases;
  readonly #options: EngineOptions;
  readonly #clock: Clock;
  readonly #stepper: Stepper;
  readonly #timers: Timers;
  readonly #tasks: TasksAtWork;
  readonly #admission: Admission;
  readonly #slots: (OwnedSlot | undefined)[] = new Array(SLOTS).fill(undefined);
  readonly #earlyBytes: EarlyBytes;
  readonly #say: Say;
  readonly #farewell: Farewell;
  #bytes = 0;
  #keptBytes = 0;
  #calls = 0;
  #reads = 0;
  #refused = 0;
  /** Refusals by code: what was not done, for whatever reason. */
  readonly refusals: Map<RefusalCode, number> = new Map();
  #waiting = 0;
  #closed = false;
  #draining = false;

  constructor(options: EngineOptions) {
    const { clock, incarnation, limits, tasks } = options;
    this.#options = options;
    this.incarnation = incarnation;
    this.#clock = clock;
    this.#earlyBytes = { bytes: 0, most: limits.maxMemoryBytes };
    this.#say = (port, callId, reply) => {
      if (reply instanceof Refusal) this.refusals.set(reply.code, (this.refusals.get(reply.code) ?? 0) + 1);
      port.reply(callId, reply);
    };
    this.#farewell = new Farewell(options, this.#say);
    this.#timers = new Timers(clock, (waiter) => this.#giveUp(waiter, 'timeout'));
    this.sessions = new Sessions(
      clock,
      (session, expired) => this.#endSession(session, expired),
      options.isDurable,
    );
    this.leases = new Leases(clock, (slot, id) => this.#endLease(slot, id));
    this.#stepper = new Stepper(this.#effects());
    this.#tasks = new TasksAtWork(tasks, (cell, outcome) => {
      const owned = this.#slots[cell.slot];
      // Its slot may have gone to another node meanwhile, where it runs again.
      if (this.#closed || owned?.slot.cells.get(cellId(cell.typeName, cell.key)) !== cell) return;
      this.#log(owned, { kind: 'finish', at: now(owned, clock), cell, outcome });
    });
    this.#admission = new Admission({
      clock,
      limits,
      tasks,
      leases: this.leases,
      held: () => this.#bytes + this.#keptBytes,
      log: (owned, entry) => this.#log(owned, entry),
      enter: (owned, session) => this.#enter(owned, session),
    });
  }

  /**
   * Takes a request. Its answer goes to its port: at once, later, or never if the port's connection is gone.
   * @throws {Refusal} when the connection cannot go on
   */
  submit(request: Request): void {
    if (this.#draining) {
      const refusal = this.#farewell.refusal(request.target.slot);
      if (refusal !== undefined) this.#refuse(request, refusal);
      return;
    }
    const owned = this.#owned(request.target.slot);
    if (owned instanceof Refusal) {
      this.#refuse(request, owned);
      return;
    }
    if (owned.log.isLeaving) {
      this.#refuse(request, this.#options.elsewhere!(request.target.slot));
      return;
    }
    if (request.epoch !== 0 && request.epoch !== owned.log.epoch) {
      this.#refuse(
        request,
        new Refusal(
          'stale-epoch',
          `slot ${request.target.slot} is in epoch ${owned.log.epoch}, the request was for ${request.epoch}`,
        ),
      );
      return;
    }
    if (request.sequence === 0) {
      this.#read(owned, request);
      return;
    }
    const session = owned.slot.sessions.get(request.session.id);
    if (session === undefined && owned.slot.over.has(request.session.id)) {
      this.#refuse(request, new Refusal('session-lost', 'the session is over', UNKNOWN));
      return;
    }
    const next = session === undefined ? 1 : session.last + 1;
    if (session !== undefined && request.sequence < next) {
      this.#again(owned, session, request);
      return;
    }
    const refusal = this.#options.mayLog?.();
    if (refusal !== undefined) this.#refuse(request, refusal);
    else if (request.sequence === next) this.#inTurn(owned, request);
    else {
      owned.early.add(request);
      request.session.slots.add(owned.slot);
    }
  }

  /** Gives up an operation that waits, or has not come; one that has its answer keeps it. */
  cancel(session: Session, slot: number, sequence: number): void {
    const owned = this.#slots[slot];
    const known = owned?.slot.sessions.get(session.id);
    const waiter = known?.waiters.get(sequence);
    if (waiter !== undefined) this.#giveUp(waiter, 'cancelled');
    else if (owned !== undefined && sequence > (known?.last ?? 0)) {
      owned.early.cancel(session, sequence);
      session.slots.add(owned.slot);
    }
  }

  /** The client has these answers, although it waits for one before them. */
  acknowledge(session: Session, slot: number, sequences: readonly number[]): void {
    const owned = this.#slots[slot];
    const known = owned?.slot.sessions.get(session.id);
    if (owned !== undefined && known !== undefined)
      this.#log(owned, { kind: 'acknowledge', at: now(owned, this.#clock), session: known, sequences });
  }

  /** All objects of this node go; those who wait are told. Not atomic: slots go one after another. */
  clear(): void {
    for (const owned of this.#slots) {
      if (owned !== undefined && owned.slot.cells.size > 0)
        this.#log(owned, { kind: 'clear', at: now(owned, this.#clock) });
    }
  }

  stats(): EngineStats {
    let objects = 0;
    for (const owned of this.#slots) objects += owned?.slot.cells.size ?? 0;
    return {
      objects,
      bytes: this.#bytes,
      keptBytes: this.#keptBytes,
      sessions: this.sessions.size,
      leases: this.leases.size,
      waiting: this.#waiting,
      calls: this.#calls,
      reads: this.#reads,
      tasks: this.#tasks.begun,
      tasksDone: this.#tasks.outcomes.done,
      tasksThrew: this.#tasks.outcomes.threw,
      tasksFailed: this.#tasks.outcomes.failed,
      refused: this.#refused,
    };
  }

  /** Objects of this node, in no particular order. */
  *cells(): Iterable<{ readonly slot: number; readonly cell: Cell }> {
    for (const owned of this.#slots) {
      for (const cell of owned?.slot.cells.values() ?? []) yield { slot: owned!.slot.number, cell };
    }
  }

  typeOf(typeName: string): ObjectType | undefined {
    return this.#options.types.get(typeNameOf(typeName));
  }

  /** The slot's state, for snapshots. */
  slot(number: number): Slot | undefined {
    return this.#slots[number]?.slot;
  }

  /**
   * The node is about to end: requests are refused from now on, and so are operations that wait for others, which will
   * not come. Resolves when user code that runs, and what waits for its turn behind it, has been answered.
   */
  drain(): Promise<void> {
    this.#draining = true;
    // Not logged: to the state nothing happens, they only get no answer from here.
    this.#farewell.dismiss(this.#slots, false);
    return this.#tasks.idle();
  }

  /** Ends it. Who still waits is told that what becomes of it is not known. */
  close(): void {
    if (!this.#closed) this.#farewell.dismiss(this.#slots, true);
    this.#closed = true;
    this.#timers.stop();
    this.sessions.stop();
    this.leases.stop();
  }

  /** From now on this node answers for a slot, and goes on with all that waits in it. @param life see {@link OwnedSlot} */
  adopt(slot: Slot, log: SlotLog, life: string): void {
    const owned = new OwnedSlot(slot, log, life, this.#earlyBytes, this.#say);
    this.#slots[slot.number] = owned;
    this.#bytes += slot.bytes;
    this.#keptBytes += slot.kept.bytes;
    for (const lease of slot.leases.values()) this.leases.joined(slot.number, lease);
    for (const id of slot.over) this.sessions.bury(id);
    for (const known of [...slot.sessions.values()]) {
      const session = this.sessions.adopt(known.id, known.ttlMs, known.parent);
      session?.slots.add(slot);
      for (const waiter of known.waiters.values()) {
        this.#waiting++;
        this.#timers.add(waiter);
      }
      if (session === undefined)
        this.#log(owned, { kind: 'end', at: now(owned, this.#clock), session: known, expired: true });
    }
    for (const cell of slot.cells.values()) if (cell.task !== undefined) this.#tasks.run(cell);
  }

  /** This node answers for a slot no more; who waits for an answer gets `moved`. Gives its state. */
  release(number: number, moved: Refusal): Slot | undefined {
    const owned = this.#slots[number];
    if (owned === undefined) return undefined;
    this.#slots[number] = undefined;
    const { slot } = owned;
    this.#bytes -= slot.bytes;
    this.#keptBytes -= slot.kept.bytes;
    for (const lease of slot.leases.values()) this.leases.left(number, lease.id);
    for (const known of slot.sessions.values()) {
      this.sessions.find(known.id)?.slots.delete(slot);
      for (const waiter of known.waiters.values()) {
        this.#waiting--;
        if (waiter.port !== undefined) this.#say(waiter.port, waiter.callId, moved);
        waiter.port = undefined;
      }
    }
    for (const cell of slot.cells.values()) this.#tasks.forget(cell);
    owned.dismiss(moved);
    return slot;
  }

  /** The life of a slot that this node owns; of a node without others, its own. */
  lifeOf(number: number): string | undefined {
    return this.#slots[number]?.life;
  }

  #owned(number: number): OwnedSlot | Refusal {
    let owned = this.#slots[number];
    if (owned === undefined) {
      const { elsewhere, log, types } = this.#options;
      if (elsewhere !== undefined) return elsewhere(number);
      const slot = new Slot(number, types);
      owned = new OwnedSlot(
        slot,
        log?.(number) ?? new SoleLog(),
        this.incarnation,
        this.#earlyBytes,
        this.#say,
      );
      this.#slots[number] = owned;
    }
    return owned;
  }

  /** What the slot knows of a session. An unknown one becomes known to it: only with an entry of the log. */
  #enter(owned: OwnedSlot, session: Session): SlotSession {
    const known = owned.slot.sessions.get(session.id);
    if (known !== undefined) return known;
    session.slots.add(owned.slot);
    return owned.slot.session(session.id, { ttlMs: session.ttlMs, parent: session.parent?.id });
  }

  #read(owned: OwnedSlot, request: Request): void {
    this.#reads++;
    const cell = this.#admission.find(owned, request);
    if (cell instanceof Refusal) {
      this.#refuse(request, cell);
      return;
    }
    const { operation, session, args, port, callId } = request;
    if (cell.type.operations[operation]?.kind !== 'read') {
      this.#refuse(request, noSuchOperation(cell, operation));
      return;
    }
    const reply = cell.created
      ? this.#stepper.read(owned.slot, cell, session.id, operation, args, now(owned, this.#clock))
      : notMade(cell);
    forgetUnused(owned.slot, cell);
    owned.answer(port, callId, reply);
  }

  /** Does the operation that is next in its session and slot, and those that have come before it (D3). */
  #inTurn(owned: OwnedSlot, request: Request): void {
    const { early } = owned;
    if (early.isEmpty) {
      this.#write(owned, request);
      return;
    }
    const { session } = request;
    let next: Request | undefined = early.unlessCancelled(request);
    for (let { sequence } = request; next !== undefined; next = early.next(session, ++sequence))
      this.#write(owned, next);
  }

  #write(owned: OwnedSlot, request: Request): void {
    this.#calls++;
    const cell = request.operation === SKIP ? SKIPPED : this.#admission.find(owned, request);
    const refusal = cell instanceof Refusal ? cell : this.#admission.mayWrite(cell, request);
    const session = this.#enter(owned, request.session);
    const at = now(owned, this.#clock);
    if (refusal !== undefined) {
      if (cell instanceof Cell) forgetUnused(owned.slot, cell);
      const { sequence, acked } = request;
      this.#log(owned, { kind: 'refuse', at, session, sequence, acked, refusal });
      this.#refused++;
      owned.answer(request.port, request.callId, refusal);
      return;
    }
    const entry: Entry = {
      kind: 'call',
      at,
      session,
      sequence: request.sequence,
      acked: request.acked,
      cell: cell as Cell,
      operation: request.operation,
      args: request.args,
      fence: request.fence,
      deadline: at + request.remainingMs,
    };
    const reply = this.#log(owned, entry);
    if (reply !== PARKED) {
      owned.answer(request.port, request.callId, reply as Reply);
      return;
    }
    const waiter = session.waiters.get(request.sequence);
    if (waiter === undefined) {
      // Something that the step has done has answered it already.
      owned.answer(request.port, request.callId, session.replies.get(request.sequence));
      return;
    }
    waiter.port = request.port;
    waiter.callId = request.callId;
  }

  /** It came before: its answer, or the wait for it, goes to who asks now (D3). */
  #again(owned: OwnedSlot, session: SlotSession, request: Request): void {
    const waiter = session.waiters.get(request.sequence);
    if (waiter !== undefined) {
      // What comes late by an old connection must not take the answer from the one that its client has now.
      if (waiter.port !== undefined && waiter.port.order > request.port.order) return;
      waiter.port = request.port;
      waiter.callId = request.callId;
    } else if (session.replies.has(request.sequence)) {
      owned.answer(request.port, request.callId, session.replies.get(request.sequence));
    } else {
      this.#refuse(
        request,
        new Refusal('protocol', `operation ${request.sequence} was acknowledged, and is asked for again`),
      );
    }
  }

  #log(owned: OwnedSlot, entry: Entry): Reply | typeof PARKED {
    owned.log.append(entry);
    const { kept } = owned.slot;
    const before = kept.bytes;
    const reply = this.#stepper.step(owned.slot, entry);
    this.#keptBytes += kept.bytes - before;
    return reply;
  }

  #refuse({ port, callId }: Request, refusal: Refusal): void {
    this.#refused++;
    this.#say(port, callId, refusal);
  }

  #giveUp(waiter: Waiter, why: 'timeout' | 'cancelled'): void {
    const owned = this.#slots[waiter.cell.slot];
    if (owned?.slot.sessions.get(waiter.session.id) === waiter.session)
      this.#log(owned, { kind: 'give-up', at: now(owned, this.#clock), waiter, why });
  }

  #endSession(session: Session, expired: boolean): void {
    for (const { number } of session.slots) {
      const owned = this.#slots[number];
      if (owned === undefined) continue;
      for (const request of owned.early.drop(session))
        this.#refuse(request, new Refusal('session-lost', 'the session is over', UNDONE));
      const known = owned.slot.sessions.get(session.id);
      if (known !== undefined)
        this.#log(owned, { kind: 'end', at: now(owned, this.#clock), session: known, expired });
    }
    session.slots.clear();
  }

  /** A lease is over: its objects in the slot go. Gives how many there were. */
  #endLease(number: number, id: string): number {
    const owned = this.#slots[number];
    const count = owned?.slot.leases.get(id)?.cells.size ?? 0;
    if (owned !== undefined && count > 0)
      this.#log(owned, { kind: 'end-lease', at: now(owned, this.#clock), lease: id });
    return count;
  }

  /** What the owner of a slot does about entries. */
  #effects(): Effects {
    return {
      answered: (waiter, reply) => {
        this.#waiting--;
        this.#timers.answered(waiter);
        const { port } = waiter;
        if (port !== undefined) this.#slots[waiter.cell.slot]!.answer(port, waiter.callId, reply);
      },
      parked: (waiter) => {
        this.#waiting++;
        this.#timers.add(waiter);
      },
      begun: (cell) => this.#tasks.run(cell),
      grew: (bytes) => {
        this.#bytes += bytes;
      },
      gone: (cell) => this.#tasks.forget(cell),
      leased: (slot, lease) => this.leases.joined(slot.number, lease),
      unleased: (slot, lease) => this.leases.left(slot.number, lease.id),
      print: (cell, line) => this.#options.print(`${name(cell)}: ${line}`),
    };
  }
}

/** Within a log time does not go back, also where its owner's clock is behind that of the one before (D4). */
function now({ slot }: OwnedSlot, clock: Clock): number {
  return Math.max(clock.now(), slot.at);
}

const SKIPPED = new Refusal('cancelled', 'its client had given it up before its turn came');
