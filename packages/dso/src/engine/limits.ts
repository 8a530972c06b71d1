import type { Cell } from './cell.ts';
import { name } from './names.ts';
import { Refusal } from './refusal.ts';

/** What a node holds at most, bytes. */
export interface Limits {
  readonly maxObjectBytes: number;
  readonly maxMemoryBytes: number;
}

/** Why a write that keeps `more` bytes cannot be let in. */
export function limitRefusal(limits: Limits, cell: Cell, held: number, more: number): Refusal | undefined {
  if (cell.bytes + more > limits.maxObjectBytes)
    return new Refusal(
      'too-large',
      `${name(cell)} holds ${cell.bytes} bytes, and ${more} more would be over the limit of ${limits.maxObjectBytes} for an object (--max-object-bytes)`,
    );
  if (held + more > limits.maxMemoryBytes)
    return new Refusal(
      'out-of-memory',
      `this server holds ${held} bytes, and ${more} more for ${name(cell)} would be over its limit of ${limits.maxMemoryBytes} (--max-memory-bytes)`,
    );
  return undefined;
}
