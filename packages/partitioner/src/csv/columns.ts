import { badArgument, malformed } from '../errors.ts';
import type { Cell, DataRecord } from '../format/format.ts';
import type { ColumnType } from '../options.ts';
import type { Dialect } from './dialect.ts';
import type { Head } from './head.ts';
import { cellValue, misfit } from './typed.ts';

/** A column that is wanted. */
export interface Column {
  readonly name: string;
  /** Its place in the object's records. */
  readonly at: number;
  readonly type: ColumnType;
}

/** The columns that are wanted of an object, in their order, and what makes values of its cells. */
export class Columns {
  readonly names: readonly string[];
  readonly wanted: readonly Column[];
  /** Cells that a record may have; more would belong to no column. */
  readonly #most: number;
  /** Whether cells are given as they are. */
  readonly #plain: boolean;
  /** The object, in errors, and which of its records one is. */
  readonly #object: string;
  readonly #placeOf: (index: number) => string;

  /** @throws {PartitionError} `bad-argument` if a column that is asked for is not there */
  constructor(head: Head, dialect: Dialect, object: string, placeOf: (index: number) => string) {
    const { names, inferred } = head;
    const { columns: wanted, types } = dialect;
    const typeAt = (at: number): ColumnType => {
      const name = names[at]!;
      return Object.hasOwn(types, name) ? types[name]! : (inferred[at] ?? 'string');
    };
    const check = (option: string, name: string): void => {
      if (!names.includes(name) && names.length > 0)
        throw badArgument(
          `${option} of ${object}`,
          `among its columns ${names.map((one) => `'${one}'`).join(', ')}`,
          name,
        );
    };
    for (const name of Object.keys(types)) check('types', name);
    for (const name of wanted ?? []) {
      check('columns', name);
      if (names.indexOf(name) !== names.lastIndexOf(name))
        throw malformed(object, `its header has the name '${name}' twice: columns cannot say which is meant`);
    }
    this.wanted =
      wanted === undefined
        ? names.map((name, at) => ({ name, at, type: typeAt(at) }))
        : wanted.map((name) => ({ name, at: names.indexOf(name), type: typeAt(names.indexOf(name)) }));
    this.names = this.wanted.map(({ name }) => name);
    this.#most = dialect.header === false ? Number.POSITIVE_INFINITY : names.length;
    this.#plain = wanted === undefined && this.wanted.every(({ type }) => type === 'string');
    this.#object = object;
    this.#placeOf = placeOf;
  }

  /**
   * A row of the wanted columns. One that lacks its last cells stays short.
   *
   * @param index of the record in the part, for errors
   */
  row(cells: readonly string[], index: number): readonly Cell[] {
    if (cells.length > this.#most) throw this.#tooLong(cells, index);
    if (this.#plain) return cells;
    const row: Cell[] = [];
    for (const { at, name, type } of this.wanted) {
      const cell = cells[at];
      const value = cell === undefined ? null : cellValue(cell, type);
      if (value === undefined)
        throw malformed(this.#object, `${this.#placeOf(index)}: ${misfit(cell!, type, name)}`);
      row.push(value);
    }
    return row;
  }

  /** Rows as objects; what a short row lacks is null. */
  recorder(): (row: readonly Cell[]) => DataRecord {
    const { names } = this;
    const twice = names.find((name, at) => names.indexOf(name) !== at);
    if (twice !== undefined) throw this.#unfit(`its header has the name '${twice}' twice`);
    if (names.includes('__proto__')) throw this.#unfit("a column is named '__proto__'");
    return (row) => {
      const record: Record<string, Cell> = {};
      for (let at = 0; at < names.length; at++) record[names[at]!] = at < row.length ? row[at] : null;
      return record;
    };
  }

  #unfit(why: string): Error {
    return malformed(this.#object, `${why}, so that records cannot be objects: rows() gives their cells`);
  }

  #tooLong(cells: readonly string[], index: number): Error {
    const shown = JSON.stringify(cells.slice(0, 4)).slice(0, 200);
    return malformed(
      this.#object,
      `${this.#placeOf(index)} has ${cells.length} cells, but there are ${this.#most} columns: ${shown} …`,
    );
  }
}
