import type { ColumnType } from '../options.ts';
import type { ByteSource } from '../source/byte-source.ts';
import { oncePerVersion } from '../source/once.ts';
import { onward } from '../source/onward.ts';
import { RECORD } from './automaton.ts';
import { cellsOf } from './cells.ts';
import type { Dialect } from './dialect.ts';
import { Splitter } from './splitter.ts';
import { endsLine, Tape } from './tape.ts';
import { typeOf } from './typed.ts';

/** What the beginning of an object tells of all its records. */
export interface Head {
  /** Names of the columns; of a column that nothing names 'column1', 'column2' and so on. */
  readonly names: readonly string[];
  /** The types that the sample suggests, where they are asked for. */
  readonly inferred: readonly ColumnType[];
  /** Where the data begin in the object, behind the header; 0 without one. */
  readonly dataStart: number;
}

/** What is looked at for types, bytes from the object's beginning: the same for all parts. */
const SAMPLE = 64 * 1024;

/** Reads the beginning of an object, once in a process for all its parts. */
export async function headOf(source: ByteSource, dialect: Dialect, signal?: AbortSignal): Promise<Head> {
  const { automaton, types, columns, quotes, ...told } = dialect; // what it does not depend on, and what it does
  const what = JSON.stringify(['csv', told]);
  // Without the signal: other parts may wait for the same.
  const head = await oncePerVersion(source, what, () => readHead(source, dialect));
  signal?.throwIfAborted();
  return head;
}

/** Where the data begin by the positions of a source, which may count from within the object; 0 if that is before all of them. */
export async function dataStartIn(
  source: ByteSource,
  { dataStart }: Head,
  signal?: AbortSignal,
): Promise<number> {
  if (source.before === undefined || dataStart === 0) return dataStart;
  const { length } = await source.before.read(0, dataStart, signal);
  return dataStart - length;
}

async function readHead(source: ByteSource, dialect: Dialect): Promise<Head> {
  const { header } = dialect;
  const tape = new Tape(wholeObject(source), 0);
  const splitter = new Splitter(dialect.automaton);
  const records: string[] = [];
  let dataStart = 0;
  try {
    await tape.takeMark(source.name);
    // The header, or the first record, however long it is; then the sample, which ends where it ends.
    for (let piece = await tape.takeLine(); piece; piece = await tape.takeLine()) {
      splitter.feed(piece);
      if (endsLine(piece) && splitter.state === RECORD) records.push(...splitter.take());
      if (records.length > 0) break;
    }
    if (header === true) dataStart = tape.position;
    if (dialect.infer) {
      for (
        let piece = await tape.take(SAMPLE - tape.position);
        piece;
        piece = await tape.take(SAMPLE - tape.position)
      )
        splitter.feed(piece);
    }
    if ((await tape.peek(1)).length === 0) splitter.finish();
    records.push(...splitter.take());
  } finally {
    await tape.close();
  }
  const rows = await cellsOf(records, dialect, source.name);
  const names =
    typeof header === 'object' ? header : header ? rows.shift() : rows[0]?.map((_, at) => `column${at + 1}`);
  return {
    names: names ?? [],
    inferred: dialect.infer ? (names ?? []).map((_, at) => typeOf(rows.map((row) => row[at] ?? ''))) : [],
    dataStart,
  };
}

/** An object's bytes from its beginning, also where the source begins later. */
async function* wholeObject(source: ByteSource): AsyncGenerator<Uint8Array, void, undefined> {
  if (source.before !== undefined) yield* source.before.stream(0);
  yield* onward(source, 0, SAMPLE);
}
