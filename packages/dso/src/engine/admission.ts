/** Finds the object of a request, and says why an operation is not let in: before it is logged, so it has no effect. */

import type { Lease } from '../lease.ts';
import { DELETE } from '../objects/catalog.ts';
import { sameValue, sizeOf, type Value } from '../value/value.ts';
import type { Cell } from './cell.ts';
import type { Clock } from './clock.ts';
import type { Entry } from './entry.ts';
import type { Leases } from './leases.ts';
import { type Limits, limitRefusal } from './limits.ts';
import { name, operationOf } from './names.ts';
import type { Operation, PARKED } from './object-type.ts';
import type { OwnedSlot } from './owned-slot.ts';
import { Refusal } from './refusal.ts';
import type { Request, Target } from './request.ts';
import type { Session } from './session.ts';
import { cellId, type Slot } from './slot.ts';
import type { SlotSession } from './slot-session.ts';
import type { Reply } from './step.ts';
import type { CodeReference } from './task.ts';
import type { TaskRunner } from './tasks-at-work.ts';

/** What the engine does for it. */
export interface AdmissionOptions {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly tasks: TaskRunner;
  readonly leases: Leases;
  /** Bytes that are held by now. */
  held(): number;
  log(owned: OwnedSlot, entry: Entry): Reply | typeof PARKED;
  /** What the slot knows of a session, which is about to be logged. */
  enter(owned: OwnedSlot, session: Session): SlotSession;
}

export class Admission {
  readonly #options: AdmissionOptions;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** The object, made if this is its first use. */
  find(owned: OwnedSlot, request: Request): Cell | Refusal {
    const { target } = request;
    const known = target.cell;
    if (known?.created === true) return known;
    let cell: Cell;
    try {
      cell = owned.slot.cell(target.typeName, target.key);
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
    const found = this.#found(owned, cell, request);
    if (found === undefined) target.cell = cell;
    else forgetUnused(owned.slot, cell);
    return found ?? cell;
  }

  /** Why a write cannot be let in. */
  mayWrite(cell: Cell, request: Request): Refusal | undefined {
    if (request.operation === DELETE) return undefined;
    const operation = cell.type.operations[request.operation];
    if (operation?.kind !== 'write') return noSuchOperation(cell, request.operation);
    const refusal = this.#codeRefusal(() => operation.codes?.(request.args));
    if (refusal !== undefined) return refusal;
    if (!operation.grows) return undefined;
    const { limits } = this.#options;
    return limitRefusal(limits, cell, this.#options.held(), growthOf(cell, operation, request.args));
  }

  /** Why the object that is there, or could be, is not the one that is meant; made, if nothing stands against it. */
  #found(owned: OwnedSlot, cell: Cell, { target, operation, session }: Request): Refusal | undefined {
    if (operation === DELETE) target.seenIn = undefined;
    const lost = lostSince(owned.life, cell, target);
    if (lost !== undefined) return lost;
    if (cell.created) return this.#useConfig(owned, session, cell, target.config);
    if (operation === DELETE) return undefined;
    // Nobody would delete what it made; and who would only wait for that, waits in vain.
    if (target.lease !== undefined && this.#options.leases.hasEnded(target.lease.id)) return leaseEnded(cell);
    if (target.mode === 'await') return undefined;
    return (
      this.#mayCreate(cell, target.config) ?? this.#create(owned, session, cell, target.config, target.lease)
    );
  }

  /** A use of an object that is there: it has to mean the same, and may bring newer code for it. */
  #useConfig(owned: OwnedSlot, session: Session, cell: Cell, config: readonly Value[]): Refusal | undefined {
    const { type } = cell;
    if (sameConfig(cell.config, config)) return undefined;
    if (type.sameConfig?.(cell.config, config) !== true)
      return new Refusal(
        'config-mismatch',
        `${name(cell)} was made with ${difference(describe(cell.config), describe(config))}`,
      );
    return this.#mayCreate(cell, config) ?? this.#create(owned, session, cell, config, undefined);
  }

  #create(
    owned: OwnedSlot,
    session: Session,
    cell: Cell,
    config: readonly Value[],
    lease: Lease | undefined,
  ): Refusal | undefined {
    const { clock } = this.#options;
    const entry: Entry = {
      kind: 'create',
      at: Math.max(clock.now(), owned.slot.at),
      session: this.#options.enter(owned, session),
      cell,
      config,
      lease,
    };
    const reply = this.#options.log(owned, entry);
    return reply instanceof Refusal ? reply : undefined;
  }

  #mayCreate(cell: Cell, config: readonly Value[]): Refusal | undefined {
    const { limits } = this.#options;
    return (
      this.#codeRefusal(() => cell.type.codes?.(config)) ??
      limitRefusal(limits, cell, this.#options.held(), cell.type.weight?.(config) ?? sizeOf(config))
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
}

/** D5 Also if it has been made anew since, by somebody who did not know it: it is another object. */
function lostSince(life: string, cell: Cell, { seenIn }: Target): Refusal | undefined {
  if (seenIn === undefined || seenIn === life) return undefined;
  return new Refusal(
    'object-lost',
    cell.created
      ? `${name(cell)} was lost with the server that held it, and what is there now was made by another client since: connect anew to use that, or delete it`
      : `${name(cell)} was lost with the server that held it: delete it, and its next use makes it anew`,
  );
}

/** Nothing has been made, and nobody waits for that: to the log the object is not there, nor may it be here. */
export function forgetUnused(slot: Slot, cell: Cell): void {
  if (cell.created) return;
  for (const lane of cell.lanes.values()) if (lane.size > 0) return;
  const id = cellId(cell.typeName, cell.key);
  if (slot.cells.get(id) === cell) slot.cells.delete(id);
}

function leaseEnded(cell: Cell): Refusal {
  return new Refusal(
    'lease-ended',
    `${name(cell)} is gone with its lease: the program that made it has closed it, or was not heard of for too long`,
  );
}

export function noSuchOperation(cell: Cell, operation: number): Refusal {
  return new Refusal(
    'no-such-operation',
    `${name(cell)} has no operation ${operationOf(cell, operation)} of this kind`,
  );
}

export function notMade(cell: Cell): Refusal {
  return new Refusal(
    'not-made',
    `${name(cell)} has not been made yet by the program that made this handle, or was deleted`,
  );
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

/** Whether all that a use says of an object's configuration is what it was made with. `undefined` says nothing. */
function sameConfig(existing: readonly Value[], asked: readonly Value[]): boolean {
  return asked.every((value, i) => value === undefined || sameValue(existing[i], value));
}
