import type { StepContext } from '../engine/object-type.ts';
import { sizeOf, type Value } from '../value/value.ts';

/** A key and what it leads to, as a map holds them. */
export interface KeyedEntry {
  readonly key: Value;
  value: Value;
}

/** What the operations need that all maps have, in whichever order these hold their entries. */
export interface KeyedStore {
  readonly size: number;
  /** What the entries take. */
  bytes: number;
  /** The key as it is held: 0 for -0. @throws {Refusal} when the map cannot have it */
  checked(key: Value): Value;
  /** @throws {Refusal} when keys, each of them checked, cannot come in at once */
  checkTogether(entries: readonly (readonly [key: Value, value: Value])[]): void;
  find(key: Value): KeyedEntry | undefined;
  /** Adds an entry for a key that is not there. */
  add(key: Value, value: Value): void;
  remove(key: Value): void;
  clear(): void;
}

/** What an entry takes besides its key and value, bytes: its object, its places in an index and an order. */
const ENTRY_BYTES = 96;

/** Puts a value, and counts its bytes; `undefined` leaves no entry. */
export function assign(store: KeyedStore, key: Value, value: Value, call: StepContext): void {
  const entry = store.find(key);
  grow(store, growthBy(entry, key, value), call);
  if (value === undefined) {
    if (entry !== undefined) store.remove(key);
  } else if (entry === undefined) store.add(key, value);
  else entry.value = value;
}

/** How many bytes more a map takes that has this value for the key. */
export function growthBy(entry: KeyedEntry | undefined, key: Value, value: Value): number {
  if (entry !== undefined)
    return value === undefined ? -sizeOfEntry(entry) : sizeOf(value) - sizeOf(entry.value);
  return value === undefined ? 0 : sizeOfEntry({ key, value });
}

export function sizeOfEntry({ key, value }: KeyedEntry): number {
  return ENTRY_BYTES + sizeOf(key) + sizeOf(value);
}

export function grow(store: KeyedStore, bytes: number, call: StepContext): void {
  store.bytes += bytes;
  call.grow(bytes);
}
