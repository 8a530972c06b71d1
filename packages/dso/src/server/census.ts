/** The objects of a node: a list of them, and a census, how many of each type and the first by size or by who waits. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Cell } from '../engine/cell.ts';
import type { Node } from './node.ts';

/** Objects that one answer lists at most. */
const MAX_LISTED = 10_000;

export interface ObjectInfo {
  readonly type: string;
  readonly key: string;
  readonly slot: number;
  /** Of memory, about. */
  readonly bytes: number;
  /** Operations that wait at it, such as for a lock. */
  readonly waiting: number;
}

/** Objects whose key begins with a prefix, at most `limit`; 10,000 when that is no such number. */
export function objectsOf(node: Node, prefix = '', limit: number = MAX_LISTED): ObjectInfo[] {
  const found: ObjectInfo[] = [];
  const most = limit >= 0 && limit < MAX_LISTED ? limit : MAX_LISTED;
  for (const { slot, cell } of node.engine.cells()) {
    if (found.length >= most) break;
    if (cell.key.startsWith(prefix)) found.push(infoOf(slot, cell));
  }
  return found;
}

function infoOf(slot: number, cell: Cell): ObjectInfo {
  let waiting = 0;
  for (const lane of cell.lanes.values()) waiting += lane.size;
  return { type: cell.typeName, key: cell.key, slot, bytes: cell.bytes, waiting };
}

/** By what the first objects are chosen: bytes of memory, or operations that wait at them. */
export const RANKS = ['bytes', 'waiting'] as const;

export type Rank = (typeof RANKS)[number];

export interface TypeCount {
  readonly type: string;
  readonly objects: number;
  /** Of memory, about. */
  readonly bytes: number;
}

export interface Census {
  /** The type with the most objects first. */
  readonly types: readonly TypeCount[];
  readonly first: readonly ObjectInfo[];
}

/** Objects of a turn of the event loop: clients are answered between. */
const SLICE = 5000;

export function isRank(value: unknown): value is Rank {
  return (RANKS as readonly unknown[]).includes(value);
}

/** Of objects whose key begins with a prefix. @param limit objects that are listed, at most 10,000 */
export async function censusOf(node: Node, prefix: string, limit: number, by: Rank): Promise<Census> {
  const most = Math.max(0, Math.min(Math.floor(limit), MAX_LISTED));
  const types = new Map<string, { objects: number; bytes: number }>();
  let first: ObjectInfo[] = [];
  let seen = 0;
  for (const { slot, cell } of node.engine.cells()) {
    if (++seen % SLICE === 0) await nextTurn();
    if (!cell.key.startsWith(prefix)) continue;
    const count = types.get(cell.typeName) ?? { objects: 0, bytes: 0 };
    types.set(cell.typeName, count);
    count.objects++;
    count.bytes += cell.bytes;
    first.push(infoOf(slot, cell));
    if (first.length >= 2 * most + SLICE) first = firstOf(first, most, by);
  }
  return { types: byCount(types), first: firstOf(first, most, by) };
}

/** Those of several members together. */
export function addCensuses(all: readonly Census[], limit: number, by: Rank): Census {
  const types = new Map<string, { objects: number; bytes: number }>();
  for (const { type, objects, bytes } of all.flatMap((census) => census.types)) {
    const count = types.get(type) ?? { objects: 0, bytes: 0 };
    types.set(type, { objects: count.objects + objects, bytes: count.bytes + bytes });
  }
  return {
    types: byCount(types),
    first: firstOf(
      all.flatMap((census) => census.first),
      limit,
      by,
    ),
  };
}

function firstOf(objects: readonly ObjectInfo[], limit: number, by: Rank): ObjectInfo[] {
  return [...objects]
    .sort((one, other) => other[by] - one[by] || (one.key < other.key ? -1 : 1))
    .slice(0, limit);
}

function byCount(
  types: ReadonlyMap<string, { readonly objects: number; readonly bytes: number }>,
): TypeCount[] {
  return [...types]
    .map(([type, count]) => ({ type, ...count }))
    .sort((one, other) => other.objects - one.objects || (one.type < other.type ? -1 : 1));
}
