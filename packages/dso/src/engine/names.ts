/** How messages name things, and what they say of a failure. */
import { objectName } from '../object-name.ts';
import { CATALOG, DELETE } from '../objects/catalog.ts';
import type { Cell } from './cell.ts';
import { Refusal } from './refusal.ts';
import type { Waiter } from './waiter.ts';

const CATALOG_NAMES: Readonly<Record<string, readonly string[]>> = CATALOG;

/** An object as messages name it. */
export function name({ typeName, key }: { readonly typeName: string; readonly key: string }): string {
  return objectName(typeName, key);
}

export function operationName(waiter: Waiter): string {
  const method = waiter.cell.type.name === 'class' ? waiter.args[0] : undefined;
  return typeof method === 'string' ? method : operationOf(waiter.cell, waiter.operation);
}

/** The operation's name by its code. */
export function operationOf(cell: Cell, operation: number): string {
  return operation === DELETE ? 'delete' : (CATALOG_NAMES[cell.type.name]?.[operation] ?? String(operation));
}

/** A type's own mistake is no reason for a member to go down, nor for members to differ: it is an answer too. */
export function refusalOf(error: unknown, cell: Cell): Refusal {
  if (error instanceof Refusal) return error;
  return new Refusal('internal', `${name(cell)} failed: ${reasonOf(error)}`);
}

export function reasonOf(error: unknown): string {
  return error instanceof Error || error instanceof Refusal ? error.message : String(error);
}
