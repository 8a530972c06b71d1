/**
 * Holds the slots that this node owns: takes requests, logs what writes, applies it, answers when it is committed.
 *
 * D1 Operations on one object are serial. D2 No answer leaves before what it has seen is committed. D3 A session's
 * sequence number makes an operation apply once. D4 A request of another epoch is refused. D6 A waiter is data.
 */

import { DELETE, SKIP, typeNameOf } from '../objects/catalog.ts';
import { SLOTS } from '../ring/hash.ts';
import { sizeOf, type Value } from '../value/value.ts';
import { Cell } from './cell.ts';
import type { Clock } from './clock.ts';
import type { Entry } from './entry.ts';
import { type Limits, limitRefusal } from './limits.ts';
import { type SlotLog, SoleLog } from './log.ts';
import { type ObjectType, type Operation, PARKED } from './object-type.ts';
import { Refusal, type RefusalCode, UNDONE } from './refusal.ts';
import type { ReplyPort } from './reply-port.ts';
import type { Session } from './session.ts';
import { Sessions } from './sessions.ts';
import { cellId, Slot } from './slot.ts';
import type { SlotSession } from './slot-session.ts';
import { type Effects, name, operationOf, type Reply, Stepper, sameConfig } from './step.ts';
import type { CodeReference, Task, TaskOutcome } from './task.ts';
import { Timers } from './timers.ts';
import type { Waiter } from './waiter.ts';

/** Runs user code, elsewhere. */
export interface TaskRunner {
  /** Why code cannot be run here: it is not allowed, or has to be sent first. */
  refusalOf(code: CodeReference): Refusal | undefined;
  /** @param object names the object whose instance may still be at hand */
  run(object: string, task: Task): Promise<TaskOutcome>;
  forget(object: string): void;
}

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
}

/** A request as its connection has read it. */
export interface Request {
  readonly port: ReplyPort;
  readonly callId: number;
  readonly session: Session;
  readonly target: Target;
  readonly operation: number;
  /** 0: a read, which is not numbered. */
  readonly sequence: number;
  readonly acked: number;
  readonly epoch: number;
  /** 0: none. */
  readonly fence: number;
  /** Infinity: no limit. */
  readonly remainingMs: number;
  readonly args: readonly Value[];
}

/** An object as a connection means it. */
export interface Target {
  readonly slot: number;
  readonly typeName: string;
  readonly key: string;
  readonly config: readonly Value[];
  /** `create`: first use makes it. `await`: who made the handle makes it too; wait for that. */
  readonly mode: 'create' | 'await';
  /** The incarnation of the node in which the client has used it before, unless it has deleted it since. */
  seenIn: string | undefined;
  /** Found before. */
  cell: Cell | undefined;
}

interface OwnedSlot {
  readonly slot: Slot;
  readonly log: SlotLog;
  /** Answers that wait for the commit of what they have seen. */
  readonly held: {
    readonly index: number;
    readonly port: ReplyPort;
    readonly callId: number;
    readonly reply: Reply;
  }[];
  /** Requests that came before one that is still on its way, by session and sequence. */
  readonly early: Map<SlotSession, Map<number, Request>>;
}

/** Requests that may wait for an earlier one of the same session and slot. */
const MAX_EARLY = 100_000;

export interface EngineStats {
  readonly objects: number;
  readonly bytes: number;
  readonly sessions: number;
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

export class Engine {
  readonly incarnation: string;
  readonly sessions: Sessions;
  readonly #options: EngineOptions;
  readonly #clock: Clock;
  readonly #stepper: Stepper;
  readonly #timers: Timers;
  readonly #slots: (OwnedSlot | undefined)[] = new Array(SLOTS).fill(undefined);
  #bytes = 0;
  #calls = 0;
  #reads = 0;
  #refused = 0;
  /** Refusals by code: what was not done, for whatever reason. */
  readonly refusals: Map<RefusalCode, number> = new Map();
  #tasks = 0;
  readonly #outcomes: Record<TaskOutcome['kind'], number> = { done: 0, threw: 0, failed: 0 };
  #running = 0;
  #whenIdle: (() => void)[] = [];
  #waiting = 0;
  #closed = false;
  #draining = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.incarnation = options.incarnation;
    this.#clock = options.clock;
    this.#timers = new Timers(options.clock, (waiter) => this.#giveUp(waiter, 'timeout'));
    this.sessions = new Sessions(options.clock, (session) => this.#endSession(session));
    this.#stepper = new Stepper(this.#effects());
  }

  /** Takes a request. Its answer goes to its port: at once, later, or never if the port's connection is gone. */
  submit(request: Request): void {
    if (this.#draining) {
      this.#refuse(request, ending('nothing of this was done'));
      return;
    }
    const owned = this.#owned(request.target.slot);
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
    const session = this.#slotSession(owned, request.session);
    if (request.sequence === 0) this.#read(owned, session, request);
    else if (request.sequence === session.last + 1) {
      this.#write(owned, session, request);
      if (owned.early.size > 0) this.#catchUp(owned, session);
    } else if (request.sequence <= session.last) this.#again(owned, session, request);
    else this.#tooEarly(owned, session, request);
  }

  /** Gives up an operation that waits; one that has its answer keeps it. */
  cancel(session: Session, slot: number, sequence: number): void {
    const waiter = this.#slots[slot]?.slot.sessions.get(session.id)?.waiters.get(sequence);
    if (waiter !== undefined) this.#giveUp(waiter, 'cancelled');
  }

  /** The client has these answers, although it waits for one before them. */
  acknowledge(session: Session, slot: number, sequences: readonly number[]): void {
    const owned = this.#slots[slot];
    const known = owned?.slot.sessions.get(session.id);
    if (owned !== undefined && known !== undefined)
      this.#log(owned, { kind: 'acknowledge', at: this.#clock.now(), session: known, sequences });
  }

  /** All objects of this node go; those who wait are told. Not atomic: slots go one after another. */
  clear(): void {
    for (const owned of this.#slots) {
      if (owned !== undefined && owned.slot.cells.size > 0)
        this.#log(owned, { kind: 'clear', at: this.#clock.now() });
    }
  }

  stats(): EngineStats {
    let objects = 0;
    for (const owned of this.#slots) objects += owned?.slot.cells.size ?? 0;
    return {
      objects,
      bytes: this.#bytes,
      sessions: this.sessions.size,
      waiting: this.#waiting,
      calls: this.#calls,
      reads: this.#reads,
      tasks: this.#tasks,
      tasksDone: this.#outcomes.done,
      tasksThrew: this.#outcomes.threw,
      tasksFailed: this.#outcomes.failed,
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
    this.#dismiss(false);
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  /** Ends it. Who still waits is told that what becomes of it is not known. */
  close(): void {
    if (!this.#closed) this.#dismiss(true);
    this.#closed = true;
    this.#timers.stop();
    this.sessions.stop();
  }

  #owned(number: number): OwnedSlot {
    let owned = this.#slots[number];
    if (owned === undefined) {
      const log = this.#options.log?.(number) ?? new SoleLog();
      owned = { slot: new Slot(number, this.#options.types), log, held: [], early: new Map() };
      const made = owned;
      log.onCommit = () => this.#release(made);
      this.#slots[number] = owned;
    }
    return owned;
  }

  #slotSession(owned: OwnedSlot, session: Session): SlotSession {
    const known = owned.slot.sessions.get(session.id);
    if (known !== undefined) return known;
    session.slots.add(owned.slot);
    return owned.slot.session(session.id);
  }

  #read(owned: OwnedSlot, session: SlotSession, request: Request): void {
    this.#reads++;
    const cell = this.#find(owned, session, request);
    if (cell instanceof Refusal) {
      this.#refuse(request, cell);
      return;
    }
    const operation = cell.type.operations[request.operation];
    if (operation?.kind !== 'read') {
      this.#refuse(request, noSuchOperation(cell, request.operation));
      return;
    }
    const reply = cell.created
      ? this.#stepper.read(owned.slot, cell, session, request.operation, request.args, this.#clock.now())
      : notYet(cell);
    forgetUnused(owned.slot, cell);
    this.#answer(owned, request.port, request.callId, reply);
  }

  #write(owned: OwnedSlot, session: SlotSession, request: Request): void {
    this.#calls++;
    const cell = request.operation === SKIP ? SKIPPED : this.#find(owned, session, request);
    const refusal = cell instanceof Refusal ? cell : this.#mayWrite(cell, request);
    if (refusal !== undefined) {
      if (cell instanceof Cell) forgetUnused(owned.slot, cell);
      const { sequence, acked } = request;
      this.#log(owned, { kind: 'refuse', at: this.#clock.now(), session, sequence, acked, refusal });
      this.#refused++;
      this.#answer(owned, request.port, request.callId, refusal);
      return;
    }
    const at = this.#clock.now();
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
      this.#answer(owned, request.port, request.callId, reply as Reply);
      return;
    }
    const waiter = session.waiters.get(request.sequence);
    if (waiter === undefined) {
      // Something that the step has done has answered it already.
      this.#answer(owned, request.port, request.callId, session.replies.get(request.sequence));
      return;
    }
    waiter.port = request.port;
    waiter.callId = request.callId;
  }

  /** Why a write cannot be let in. Said before it is logged, so that it has no effect. */
  #mayWrite(cell: Cell, request: Request): Refusal | undefined {
    if (request.operation === DELETE) return undefined;
    const operation = cell.type.operations[request.operation];
    if (operation?.kind !== 'write') return noSuchOperation(cell, request.operation);
    const refusal = this.#codeRefusal(() => operation.codes?.(request.args));
    if (refusal !== undefined) return refusal;
    if (!operation.grows) return undefined;
    return limitRefusal(this.#options.limits, cell, this.#bytes, growthOf(cell, operation, request.args));
  }

  /** The object, made if this is its first use. */
  #find(owned: OwnedSlot, session: SlotSession, { target, operation }: Request): Cell | Refusal {
    const known = target.cell;
    if (known?.created === true) return known;
    let cell: Cell;
    try {
      cell = owned.slot.cell(target.typeName, target.key);
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
    if (cell.created) {
      const refusal = this.#useConfig(owned, session, cell, target.config);
      if (refusal !== undefined) return refusal;
      target.cell = cell;
      return cell;
    }
    const { seenIn } = target;
    if (seenIn !== undefined && seenIn !== this.incarnation && operation !== DELETE) {
      forgetUnused(owned.slot, cell);
      return new Refusal(
        'object-lost',
        `${name(cell)} was lost with the server that held it: delete it, and its next use makes it anew`,
      );
    }
    if (operation === DELETE) target.seenIn = undefined;
    if (target.mode === 'await' || operation === DELETE) {
      target.cell = cell;
      return cell;
    }
    const over = this.#mayCreate(cell, target.config);
    if (over !== undefined) {
      forgetUnused(owned.slot, cell);
      return over;
    }
    const entry: Entry = { kind: 'create', at: this.#clock.now(), session, cell, config: target.config };
    const refusal = this.#log(owned, entry);
    if (refusal instanceof Refusal) return refusal;
    target.cell = cell;
    return cell;
  }

  /** A use of an object that is there: it has to mean the same, and may bring newer code for it. */
  #useConfig(
    owned: OwnedSlot,
    session: SlotSession,
    cell: Cell,
    config: readonly Value[],
  ): Refusal | undefined {
    const { type } = cell;
    if (sameConfig(cell.config, config)) return undefined;
    if (type.sameConfig?.(cell.config, config) !== true)
      return new Refusal(
        'config-mismatch',
        `${name(cell)} was made with ${difference(describe(cell.config), describe(config))}`,
      );
    const refusal = this.#mayCreate(cell, config);
    if (refusal === undefined)
      this.#log(owned, { kind: 'create', at: this.#clock.now(), session, cell, config });
    return refusal;
  }

  #mayCreate(cell: Cell, config: readonly Value[]): Refusal | undefined {
    return (
      this.#codeRefusal(() => cell.type.codes?.(config)) ??
      limitRefusal(this.#options.limits, cell, this.#bytes, cell.type.weight?.(config) ?? sizeOf(config))
    );
  }

  /** Why user code that is meant cannot be run; arguments that mean none as they should are refused too. */
  #codeRefusal(meant: () => readonly CodeReference[] | undefined): Refusal | undefined {
    try {
      for (const code of meant() ?? []) {
        const refusal = this.#options.tasks.refusalOf(code);
        if (refusal !== undefined) return refusal;
      }
      return undefined;
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
  }

  /** It came before: its answer, or the wait for it, goes to who asks now (D3). */
  #again(owned: OwnedSlot, session: SlotSession, request: Request): void {
    const waiter = session.waiters.get(request.sequence);
    if (waiter !== undefined) {
      waiter.port = request.port;
      waiter.callId = request.callId;
    } else if (session.replies.has(request.sequence)) {
      this.#answer(owned, request.port, request.callId, session.replies.get(request.sequence));
    } else {
      this.#refuse(
        request,
        new Refusal('protocol', `operation ${request.sequence} was acknowledged, and is asked for again`),
      );
    }
  }

  /** Large messages are overtaken by small ones; issue order is kept here. */
  #tooEarly(owned: OwnedSlot, session: SlotSession, request: Request): void {
    let early = owned.early.get(session);
    if (early === undefined) {
      early = new Map();
      owned.early.set(session, early);
    }
    if (early.size >= MAX_EARLY) {
      const ahead = request.sequence - session.last;
      this.#refuse(
        request,
        new Refusal('protocol', `operation ${request.sequence} comes ${ahead} too early`),
      );
      return;
    }
    early.set(request.sequence, request);
  }

  #catchUp(owned: OwnedSlot, session: SlotSession): void {
    const early = owned.early.get(session);
    for (let next = early?.get(session.last + 1); next !== undefined; next = early?.get(session.last + 1)) {
      early!.delete(next.sequence);
      this.#write(owned, session, next);
    }
    if (early?.size === 0) owned.early.delete(session);
  }

  #log(owned: OwnedSlot, entry: Entry): Reply | typeof PARKED {
    owned.log.append(entry);
    return this.#stepper.step(owned.slot, entry);
  }

  /** Answers when what the answer has seen is committed (D2), and this node still owns the slot then (D4). */
  #answer(owned: OwnedSlot, port: ReplyPort, callId: number, reply: Reply): void {
    const { log } = owned;
    if (log.committed < log.last) owned.held.push({ index: log.last, port, callId, reply });
    else if (log.mayAnswer()) this.#reply(port, callId, reply);
  }

  #release(owned: OwnedSlot): void {
    const { held, log } = owned;
    let count = 0;
    while (count < held.length && held[count]!.index <= log.committed) count++;
    for (const { port, callId, reply } of held.splice(0, count)) {
      if (log.mayAnswer()) this.#reply(port, callId, reply);
    }
  }

  #refuse({ port, callId }: Request, refusal: Refusal): void {
    this.#refused++;
    this.#reply(port, callId, refusal);
  }

  #reply(port: ReplyPort, callId: number, reply: Reply): void {
    if (reply instanceof Refusal) this.refusals.set(reply.code, (this.refusals.get(reply.code) ?? 0) + 1);
    port.reply(callId, reply);
  }

  /** Tells those who wait for others that this is over; with `all`, those too whose user code runs. */
  #dismiss(all: boolean): void {
    for (const owned of this.#slots) {
      for (const session of owned?.slot.sessions.values() ?? []) {
        for (const waiter of session.waiters.values()) {
          const { port, cell } = waiter;
          if (port === undefined || (cell.task !== undefined && !all)) continue;
          const refusal =
            cell.task === undefined
              ? ending('this waited for others, who will not come')
              : new Refusal('outcome-unknown', `the server has ended while ${name(cell)} ran user code`);
          this.#reply(port, waiter.callId, refusal);
          waiter.port = undefined;
        }
      }
    }
  }

  #giveUp(waiter: Waiter, why: 'timeout' | 'cancelled'): void {
    const owned = this.#ownedOf(waiter.cell, waiter.session);
    if (owned !== undefined) this.#log(owned, { kind: 'give-up', at: this.#clock.now(), waiter, why });
  }

  #endSession(session: Session): void {
    for (const { number } of session.slots) {
      const owned = this.#slots[number];
      const known = owned?.slot.sessions.get(session.id);
      if (owned === undefined || known === undefined) continue;
      for (const request of owned.early.get(known)?.values() ?? [])
        this.#refuse(request, new Refusal('session-lost', 'the session is over', UNDONE));
      owned.early.delete(known);
      this.#log(owned, { kind: 'end', at: this.#clock.now(), session: known });
    }
    session.slots.clear();
  }

  #ownedOf(cell: Cell, session: SlotSession): OwnedSlot | undefined {
    const owned = this.#slots[cell.slot];
    return owned?.slot.sessions.get(session.id) === session ? owned : undefined;
  }

  /** What the owner of a slot does about entries. */
  #effects(): Effects {
    return {
      answered: (waiter, reply) => {
        this.#waiting--;
        this.#timers.answered(waiter);
        const { port } = waiter;
        if (port !== undefined) this.#answer(this.#slots[waiter.cell.slot]!, port, waiter.callId, reply);
      },
      parked: (waiter) => {
        this.#waiting++;
        this.#timers.add(waiter);
      },
      begun: (cell) => this.#run(cell),
      grew: (bytes) => {
        this.#bytes += bytes;
      },
      gone: (cell) => this.#options.tasks.forget(objectId(cell)),
      print: (cell, line) => this.#options.print(`${name(cell)}: ${line}`),
    };
  }

  #run(cell: Cell): void {
    this.#tasks++;
    this.#running++;
    const begun = cell.task!;
    const finish = (outcome: TaskOutcome): void => {
      this.#outcomes[outcome.kind]++;
      finished(outcome);
      // What it has let in may run user code in turn.
      this.#running--;
      if (this.#running === 0) for (const resolve of this.#whenIdle.splice(0)) resolve();
    };
    const finished = (outcome: TaskOutcome): void => {
      // Deleted meanwhile, and perhaps something else runs for a new object of the name.
      if (cell.task !== begun || this.#closed) return;
      this.#log(this.#owned(cell.slot), { kind: 'finish', at: this.#clock.now(), cell, outcome });
    };
    this.#options.tasks.run(objectId(cell), begun.task).then(finish, (error: unknown) =>
      finish({
        kind: 'failed',
        code: 'crashed',
        message: error instanceof Error ? error.message : String(error),
      }),
    );
  }
}

const SKIPPED = new Refusal('cancelled', 'its client has given it up, and it had not come');

/** Nothing has been made, and nobody waits for that: to the log the object is not there, nor may it be here. */
function forgetUnused(slot: Slot, cell: Cell): void {
  if (cell.created) return;
  for (const lane of cell.lanes.values()) if (lane.size > 0) return;
  const id = cellId(cell.typeName, cell.key);
  if (slot.cells.get(id) === cell) slot.cells.delete(id);
}

function ending(what: string): Refusal {
  return new Refusal('draining', `the server is about to end: ${what}`);
}

/** How many bytes more the object will take. Arguments that cannot be take none: the operation refuses them. */
function growthOf(cell: Cell, operation: Operation, args: readonly Value[]): number {
  // One that waits for its creation has no state yet to look at.
  if (operation.growth === undefined || !cell.created) return sizeOf(args);
  try {
    return operation.growth(cell.state, args);
  } catch (error) {
    if (error instanceof Refusal) return 0;
    throw error;
  }
}

function objectId(cell: Cell): string {
  return `${cell.typeName} ${JSON.stringify(cell.key)}`;
}

function noSuchOperation(cell: Cell, operation: number): Refusal {
  return new Refusal(
    'no-such-operation',
    `${name(cell)} has no operation ${operationOf(cell, operation)} of this kind`,
  );
}

function notYet(cell: Cell): Refusal {
  return new Refusal(
    'object-lost',
    `${name(cell)} has not been made yet by the program that made this handle`,
  );
}

/** What is encoded looks all the same. */
function difference(existing: string, asked: string): string {
  return existing === asked ? 'other arguments than this use gives' : `${existing}, this use says ${asked}`;
}

function describe(config: readonly Value[]): string {
  const one = (value: Value): string =>
    typeof value === 'object' && value !== null
      ? 'a value'
      : typeof value === 'string'
        ? JSON.stringify(value)
        : String(value);
  return `(${config.map(one).join(', ')})`;
}
