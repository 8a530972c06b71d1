import { nameOf } from '../data-object.ts';
import type { DataPartition } from '../data-partition.ts';
import { PartitionError } from '../errors.ts';

/** Whether all objects of a group say the same of their columns: what is given together must fit together. */
export class Agreement {
  readonly #what: string;
  #first: { readonly part: DataPartition; readonly names: readonly string[] } | undefined;

  constructor(what: string) {
    this.#what = what;
  }

  /** @throws {PartitionError} `malformed`, if it says something else; an empty object says nothing */
  add(part: DataPartition, names: readonly string[]): void {
    if (names.length === 0) return;
    this.#first ??= { part, names };
    const { part: other, names: others } = this.#first;
    if (names.length === others.length && names.every((name, at) => name === others[at])) return;
    const object = nameOf(part.object);
    throw new PartitionError(
      'malformed',
      `${object} has the ${this.#what} ${names.join(', ')}, but ${nameOf(other.object)}, of the same group, has ` +
        `${others.join(', ')}: the option columns takes those that both have, and records() go by their names`,
      { object },
    );
  }
}
