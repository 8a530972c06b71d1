/**
 * A slot's whole state as bytes: what a new member of its set begins with, before it follows the log. Waiters, sessions
 * and kept answers are part of it (D3, D6): whoever takes the slot over goes on where it was.
 */
import { decode, encode, registerClass } from '@skein/codec';
import { Packed, type Value } from '../value/value.ts';
import type { Cell } from './cell.ts';
import type { ObjectType } from './object-type.ts';
import { Refusal } from './refusal.ts';
import { Slot } from './slot.ts';
import { SlotLease } from './slot-lease.ts';
import type { Task } from './task.ts';
import { Waiter } from './waiter.ts';

registerClass(Packed, 'skein.dso.Packed');
registerClass(Refusal, 'skein.dso.Refusal');

interface WaiterData {
  readonly session: string;
  readonly sequence: number;
  readonly operation: number;
  readonly args: readonly Value[];
  readonly fence: number;
  readonly deadline: number;
  readonly data: unknown;
}

interface CellData {
  readonly typeName: string;
  readonly key: string;
  readonly config: readonly Value[];
  readonly state: unknown;
  readonly created: boolean;
  readonly fence: number;
  readonly bytes: number;
  /** In their order, and within each lane in order of arrival. */
  readonly lanes: readonly (readonly [string, readonly WaiterData[]])[];
  readonly task: { readonly task: Task; readonly caller: readonly [string, number] | undefined } | undefined;
}

interface SessionData {
  readonly id: string;
  readonly ttlMs: number;
  readonly parent: string | undefined;
  readonly last: number;
  readonly trimmed: number;
  readonly replies: readonly (readonly [number, Value | Refusal])[];
  readonly held: readonly (readonly [string, string])[];
}

interface LeaseData {
  readonly id: string;
  readonly ttlMs: number;
  /** In their order, in which they go. */
  readonly cells: readonly (readonly [string, string])[];
}

interface SlotData {
  readonly number: number;
  readonly at: number;
  /** Sessions that ended by silence, in that order. */
  readonly over: readonly string[];
  readonly sessions: readonly SessionData[];
  readonly cells: readonly CellData[];
  readonly leases: readonly LeaseData[];
}

export function takeSnapshot(slot: Slot): Uint8Array {
  const data: SlotData = {
    number: slot.number,
    at: slot.at,
    over: [...slot.over],
    sessions: [...slot.sessions.values()].map((session) => ({
      id: session.id,
      ttlMs: session.ttlMs,
      parent: session.parent,
      last: session.last,
      trimmed: session.trimmed,
      replies: [...session.replies],
      held: [...session.held].map(({ typeName, key }) => [typeName, key] as const),
    })),
    cells: [...slot.cells.values()].map(cellData),
    leases: [...slot.leases.values()].map(({ id, ttlMs, cells }) => ({
      id,
      ttlMs,
      cells: [...cells].map(({ typeName, key }) => [typeName, key] as const),
    })),
  };
  return encode(data).toBytes();
}

export function restoreSnapshot(bytes: Uint8Array, types: ReadonlyMap<string, ObjectType>): Slot {
  const data = decode<SlotData>(bytes, { copy: true });
  const slot = new Slot(data.number, types);
  slot.at = data.at;
  for (const id of data.over) slot.bury(id);
  for (const { id, ttlMs, parent, last, trimmed, replies } of data.sessions) {
    const session = slot.session(id, { ttlMs, parent });
    // Whoever has a snapshot has been told.
    session.introduced = true;
    session.last = last;
    session.trimmed = trimmed;
    for (const [sequence, reply] of replies) session.keep(sequence, reply);
  }
  for (const one of data.cells) restoreCell(slot, one);
  for (const { id, held } of data.sessions) {
    for (const [typeName, key] of held) slot.session(id).held.add(slot.cell(typeName, key));
  }
  for (const { cells, ...lease } of data.leases) restoreLease(slot, new SlotLease(lease), cells);
  return slot;
}

function restoreLease(slot: Slot, lease: SlotLease, cells: LeaseData['cells']): void {
  slot.leases.set(lease.id, lease);
  for (const [typeName, key] of cells) {
    const cell = slot.cell(typeName, key);
    cell.lease = lease;
    lease.cells.add(cell);
  }
}

function cellData(cell: Cell): CellData {
  const { typeName, key, type, config, state, created, fence, bytes, task } = cell;
  return {
    typeName,
    key,
    config,
    state: created && type.dump !== undefined ? type.dump(state) : state,
    created,
    fence,
    bytes,
    lanes: [...cell.lanes].map(([name, waiters]) => [name, [...waiters].map(waiterData)] as const),
    task: task && {
      task: task.task,
      caller: task.caller && ([task.caller.session.id, task.caller.sequence] as const),
    },
  };
}

function waiterData({ session, sequence, operation, args, fence, deadline, data }: Waiter): WaiterData {
  return { session: session.id, sequence, operation, args, fence, deadline, data };
}

function restoreCell(slot: Slot, data: CellData): void {
  const cell = slot.cell(data.typeName, data.key);
  cell.config = data.config;
  cell.state = data.created && cell.type.restore !== undefined ? cell.type.restore(data.state) : data.state;
  cell.created = data.created;
  cell.fence = data.fence;
  cell.bytes = data.bytes;
  slot.bytes += data.bytes;
  for (const [name, waiters] of data.lanes) {
    const lane = cell.lane(name);
    for (const one of waiters) {
      const session = slot.session(one.session);
      const { sequence, operation, args, fence, deadline } = one;
      const waiter = new Waiter(session, sequence, cell, operation, args, fence, deadline);
      waiter.lane = name;
      waiter.data = one.data;
      lane.add(waiter);
      session.waiters.set(sequence, waiter);
    }
  }
  if (data.task !== undefined) {
    const { task, caller } = data.task;
    cell.task = { task, caller: caller && slot.session(caller[0]).waiters.get(caller[1]) };
  }
}
