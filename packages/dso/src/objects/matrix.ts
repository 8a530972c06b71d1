import { defineType } from '../engine/define-type.ts';
import { type ObjectType, read, write } from '../engine/object-type.ts';
import { Refusal } from '../engine/refusal.ts';
import { sizeOf, type Value } from '../value/value.ts';
import { count, list, number, numbers, optional, positive, shown } from './arguments.ts';
import { codesIn, each, resultsOf, settle } from './user-code.ts';

interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** Row by row. Changed in place: no reply shares its memory. */
  readonly values: Float64Array;
}

/** Numbers in rows and columns, as many as it was made with. Its places are whole numbers from 0; others are refused. */
export const matrix: ObjectType = defineType<'matrix', Matrix>('matrix', {
  // What is no shape is refused by `create`.
  weight: ([rows, columns]) =>
    typeof rows === 'number' && typeof columns === 'number' ? rows * columns * 8 : 0,
  create([rows, columns, fill], call) {
    if (rows === undefined || columns === undefined)
      throw new Refusal(
        'bad-argument',
        'a matrix is made with numbers of rows and columns: matrix(key, { rows, columns })',
      );
    const shape = { rows: positive('rows', rows), columns: positive('columns', columns) };
    const value = optional('fill', fill, number) ?? 0;
    const values = new Float64Array(shape.rows * shape.columns).fill(value);
    call.grow(sizeOf(values));
    return { ...shape, values };
  },
  operations: {
    shape: read(({ rows, columns }) => [rows, columns]),
    get: read((state, [i, j]) => state.values[at(state, i, j)]),
    set: write((state, [i, j, value]) => {
      const place = at(state, i, j);
      state.values[place] = number('an element', value);
      return undefined;
    }),
    /** The answer is the sum. */
    add: write((state, [i, j, by]) => {
      const place = at(state, i, j);
      state.values[place]! += number('the number to add', by);
      return state.values[place];
    }),
    row: read((state, [i]) => {
      const start = rowOf(state, i) * state.columns;
      return state.values.slice(start, start + state.columns);
    }),
    column: read(({ rows, columns, values }, [j]) => {
      const column = columnOf({ columns }, j);
      return Float64Array.from({ length: rows }, (_, i) => values[i * columns + column]!);
    }),
    setRow: write((state, [i, values]) => {
      const start = rowOf(state, i) * state.columns;
      state.values.set(exactly(state.columns, 'a row', values), start);
      return undefined;
    }),
    setColumn: write((state, [j, values]) => {
      const column = columnOf(state, j);
      for (const [i, value] of exactly(state.rows, 'a column', values).entries())
        state.values[i * state.columns + column] = value;
      return undefined;
    }),
    /** A place, code `(there, ...more) => next` and what more it is given; the answer is what is there then. */
    compute: {
      ...write((state, [i, j, code, ...more], call) =>
        call.runFor(each(code, [[state.values[at(state, i, j)], ...more]])),
      ),
      codes: ([, , code]) => codesIn(code),
    },
    /** `[rows, columns, all elements row by row]`. */
    toArray: read(({ rows, columns, values }) => [rows, columns, values.slice()]),
    /** All elements row by row; and, for who knows them, in how many rows and columns they are. */
    setAll: write((state, [values, rows, columns]) => {
      const asked = [optional('rows', rows, count), optional('columns', columns, count)];
      const has = [state.rows, state.columns];
      if (asked.some((one, axis) => one !== undefined && one !== has[axis]))
        throw new Refusal(
          'bad-argument',
          `a matrix of ${has.join(' x ')} cannot take elements of ${asked.map((one) => one ?? '?').join(' x ')}`,
        );
      state.values.set(exactly(state.values.length, 'all elements', values));
      return undefined;
    }),
    fill: write((state, [value]) => {
      state.values.fill(number('what to fill with', value));
      return undefined;
    }),
  },
  finished(state, _task, outcome, call) {
    settle(call, ({ args: [i, j] }) => {
      const [value] = resultsOf(outcome, 1);
      if (typeof value !== 'number')
        throw new Refusal(
          'user-code-failed',
          `the function must give a number for the element, not ${shown(value)}`,
        );
      state.values[at(state, i, j)] = value;
      return value;
    });
  },
  dump: ({ rows, columns, values }) => [rows, columns, values.slice()],
  restore(data) {
    const [rows, columns, values] = list('the dump', data as Value);
    return {
      rows: count('rows', rows),
      columns: count('columns', columns),
      values: numbers('the elements', values).slice(),
    };
  },
});

function at(state: Matrix, i: Value, j: Value): number {
  return rowOf(state, i) * state.columns + columnOf(state, j);
}

function rowOf({ rows }: { readonly rows: number }, i: Value): number {
  return within('row', i, rows);
}

function columnOf({ columns }: { readonly columns: number }, j: Value): number {
  return within('column', j, columns);
}

function within(what: 'row' | 'column', index: Value, length: number): number {
  const place = count(`a ${what}`, index);
  if (place < length) return place;
  throw new Refusal('bad-argument', `there is no ${what} ${place} in a matrix of ${length} ${what}s`);
}

function exactly(length: number, what: string, value: Value): Float64Array {
  const values = numbers(what, value);
  if (values.length === length) return values;
  throw new Refusal('bad-argument', `${what} must be ${length} numbers, not ${values.length}`);
}
