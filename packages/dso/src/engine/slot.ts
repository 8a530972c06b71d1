import { typeNameOf } from '../objects/catalog.ts';
import { Cell } from './cell.ts';
import { KeptBytes } from './kept-bytes.ts';
import type { ObjectType } from './object-type.ts';
import { Refusal } from './refusal.ts';
import type { SlotLease } from './slot-lease.ts';
import { type SessionLife, SlotSession } from './slot-session.ts';

/** Sessions that ended by silence which a slot remembers: it keeps those that were last. */
const MAX_OVER = 1000;

/** The state of a slot: the outcome of its log so far, and nothing else. */
export class Slot {
  readonly number: number;
  readonly #types: ReadonlyMap<string, ObjectType>;
  readonly cells: Map<string, Cell> = new Map();
  readonly sessions: Map<string, SlotSession> = new Map();
  /** Those that have objects here, by their ids. */
  readonly leases: Map<string, SlotLease> = new Map();
  /** Of the answers that its sessions keep. */
  readonly kept: KeptBytes = new KeptBytes();
  /** Bytes of all its objects, about. */
  bytes = 0;
  /** When its last entry was made: within a log time does not go back. */
  at = 0;
  /** Sessions that ended by silence, whose clients may still ask: what they ask again is not done twice (D3). */
  readonly over: Set<string> = new Set();

  constructor(number: number, types: ReadonlyMap<string, ObjectType>) {
    this.number = number;
    this.#types = types;
  }

  /** The object of a reference; a new one is empty until an entry creates it. */
  cell(typeName: string, key: string): Cell {
    const id = cellId(typeName, key);
    const known = this.cells.get(id);
    if (known !== undefined) return known;
    const type = this.#types.get(typeNameOf(typeName));
    if (type === undefined)
      throw new Refusal('no-such-type', `there is no type of shared objects '${typeName}' on this server`);
    const cell = new Cell(this.number, type, typeName, key);
    this.cells.set(id, cell);
    return cell;
  }

  /** @param life of one that is new here */
  session(id: string, life: SessionLife = UNKNOWN_LIFE): SlotSession {
    let session = this.sessions.get(id);
    if (session === undefined) {
      session = new SlotSession(id, life, this.kept);
      this.sessions.set(id, session);
    }
    return session;
  }

  /** A session is over by silence. */
  bury(id: string): void {
    this.over.add(id);
    if (this.over.size > MAX_OVER) this.over.delete(this.over.values().next().value!);
  }

  /** Nobody goes on with this copy: who still has one of its objects at hand has to find it anew. */
  discard(): void {
    for (const cell of this.cells.values()) cell.created = false;
  }
}

const UNKNOWN_LIFE: SessionLife = { ttlMs: 10_000, parent: undefined };

export function cellId(typeName: string, key: string): string {
  return `${typeName}\0${key}`;
}
