import type { FreeVariable } from '../analyse/variables.ts';
import { sharesVariable } from '../inspect/shared.ts';
import { remembered } from '../remembered.ts';

/**
 * A variable that inner functions assign, captured by several of them. Each becomes a cell, an object with the
 * variable as its property; functions of the same run of the scope get the same cell.
 */
export class SharedVariables {
  readonly #cells = new Map<
    object,
    Map<string, { readonly owner: Function; readonly value: unknown; readonly cell: object }[]>
  >();

  cell(fn: Function, variable: FreeVariable, value: unknown): object {
    if (variable.role.kind !== 'shared') throw new TypeError(`${variable.name} is not a shared variable`);
    const { scope } = variable.role;
    const names = remembered(this.#cells, scope, () => new Map());
    const cells = remembered(names, variable.name, () => []);
    for (const known of cells) {
      if (
        known.owner === fn ||
        (Object.is(known.value, value) && sharesVariable(fn, known.owner, variable.name))
      ) {
        return known.cell;
      }
    }
    const cell = { [variable.name]: value };
    cells.push({ owner: fn, value, cell });
    return cell;
  }
}
