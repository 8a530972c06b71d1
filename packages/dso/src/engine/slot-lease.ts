import type { Lease } from '../lease.ts';
import type { Cell } from './cell.ts';

/** The objects of a slot that go with a lease. State: a new owner of the slot knows by it what it has to wait for. */
export class SlotLease implements Lease {
  readonly id: string;
  readonly ttlMs: number;
  /** In the order in which they were made. */
  readonly cells: Set<Cell> = new Set();

  constructor({ id, ttlMs }: Lease) {
    this.id = id;
    this.ttlMs = ttlMs;
  }
}
