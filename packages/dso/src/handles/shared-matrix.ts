import { codesOf } from '../objects/catalog.ts';
import type { Value } from '../value/value.ts';
import { checkFunction, count, expected, number, numbers, valuesOf } from './collection-arguments.ts';
import { type CallOptions, SharedObject, type WriteOptions } from './shared-object.ts';
import { fromValue } from './values.ts';

const CODES = codesOf('matrix');

/** A matrix of numbers that many share. Rows and columns count from 0; what is not in it is refused. */
export class SharedMatrix extends SharedObject {
  /** How many rows and columns it has. */
  async shape(options?: CallOptions): Promise<[rows: number, columns: number]> {
    return (await this.read(CODES.shape, [], options)) as [number, number];
  }

  /** The element of a row and a column. */
  async get(row: number, column: number, options?: CallOptions): Promise<number> {
    return fromValue(await this.read(CODES.get, place(row, column), options));
  }

  /** Sets an element. */
  async set(row: number, column: number, value: number, options?: WriteOptions): Promise<void> {
    await this.write(CODES.set, [...place(row, column), number('the element', value)], options);
  }

  /** Adds to an element; its value then. */
  async add(row: number, column: number, by: number, options?: WriteOptions): Promise<number> {
    const args = [...place(row, column), number('the number to add', by)];
    return fromValue(await this.write(CODES.add, args, options));
  }

  /** A copy of a row. */
  async row(row: number, options?: CallOptions): Promise<Float64Array> {
    return fromValue(await this.read(CODES.row, [count('the row', row)], options));
  }

  /** A copy of a column. */
  async column(column: number, options?: CallOptions): Promise<Float64Array> {
    return fromValue(await this.read(CODES.column, [count('the column', column)], options));
  }

  /** Sets a row: as many numbers as there are columns. */
  async setRow(row: number, values: ArrayLike<number>, options?: WriteOptions): Promise<void> {
    await this.write(CODES.setRow, [count('the row', row), numbers('the row', values)], options);
  }

  /** Sets a column: as many numbers as there are rows. */
  async setColumn(column: number, values: ArrayLike<number>, options?: WriteOptions): Promise<void> {
    const args = [count('the column', column), numbers('the column', values)];
    await this.write(CODES.setColumn, args, options);
  }

  /**
   * Sets an element to what a function makes of it, and gives that. The function is shipped and runs at the matrix's
   * owner, where it may not call shared objects; writes to the matrix wait for it. If it throws, nothing has changed.
   * @param more what the function is given besides; what it closes over travels too
   */
  async compute(
    row: number,
    column: number,
    fn: (there: number) => number | Promise<number>,
    more?: readonly [],
    options?: WriteOptions,
  ): Promise<number>;
  async compute<A extends readonly unknown[]>(
    row: number,
    column: number,
    fn: (there: number, ...more: A) => number | Promise<number>,
    more: A,
    options?: WriteOptions,
  ): Promise<number>;
  async compute(
    row: number,
    column: number,
    fn: Function,
    more: readonly unknown[] = [],
    options?: WriteOptions,
  ): Promise<number> {
    checkFunction('what computes', fn);
    const at = place(row, column);
    const given = valuesOf('what the function is given', more);
    return fromValue(await this.writeWithCode(CODES.compute, fn, (code) => [...at, code, ...given], options));
  }

  /** Sets all elements to one number. */
  async fill(value: number, options?: WriteOptions): Promise<void> {
    await this.write(CODES.fill, [number('the element', value)], options);
  }

  /** Sets all elements at one moment: from rows of numbers, or from all of them row by row. */
  async setAll(values: readonly ArrayLike<number>[] | Float64Array, options?: WriteOptions): Promise<void> {
    await this.write(CODES.setAll, values instanceof Float64Array ? [values.slice()] : flat(values), options);
  }

  /** A copy of all elements, of one moment: an array of rows. */
  async toArray(options?: CallOptions): Promise<number[][]> {
    const [rows, columns, values] = await this.#all(options);
    return Array.from({ length: rows }, (_, i) => [...values.subarray(i * columns, (i + 1) * columns)]);
  }

  /** A copy of all elements, of one moment, row by row. */
  async toFloat64Array(options?: CallOptions): Promise<Float64Array> {
    return (await this.#all(options))[2];
  }

  /** Calls a function here with each element, of one moment, row by row. */
  async forEach(
    fn: (value: number, row: number, column: number) => void,
    options?: CallOptions,
  ): Promise<void> {
    checkFunction('what is called', fn);
    const [, columns, values] = await this.#all(options);
    for (const [at, value] of values.entries()) fn(value, Math.floor(at / columns), at % columns);
  }

  async #all(options: CallOptions | undefined): Promise<[number, number, Float64Array]> {
    return (await this.read(CODES.toArray, [], options)) as [number, number, Float64Array];
  }
}

function place(row: number, column: number): [number, number] {
  return [count('the row', row), count('the column', column)];
}

/** `[all elements, rows, columns]`. */
function flat(rows: readonly ArrayLike<number>[]): readonly Value[] {
  if (!Array.isArray(rows)) throw expected('the elements', 'an array of rows, or a Float64Array', rows);
  const checked = rows.map((row: ArrayLike<number>, i) => numbers(`row ${i}`, row));
  const columns = checked[0]?.length ?? 0;
  const all = new Float64Array(rows.length * columns);
  for (const [i, row] of checked.entries()) {
    if (row.length !== columns)
      throw expected(`row ${i}`, `as long as row 0, which has ${columns} numbers`, row.length);
    all.set(row, i * columns);
  }
  return [all, rows.length, columns];
}
