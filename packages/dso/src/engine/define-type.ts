import { CATALOG, type TypeName } from '../objects/catalog.ts';
import type { ObjectType, Operation, Operations } from './object-type.ts';

/** Puts a type's operations into the order of their codes. */
export function defineType<N extends TypeName, S>(
  name: N,
  { operations, ...rest }: Omit<ObjectType<S>, 'name' | 'operations'> & { operations: Operations<N, S> },
): ObjectType {
  const byName = operations as Readonly<Record<string, Operation<S>>>;
  const type: ObjectType<S> = { name, ...rest, operations: CATALOG[name].map((one) => byName[one]!) };
  // The engine keeps states of all types side by side and gives each only to its own type.
  return type as unknown as ObjectType;
}
