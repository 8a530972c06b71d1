/** Arrow tables, as the IPC stream that every implementation of Arrow reads. `apache-arrow` is loaded when one is met. */
import { loadPackage } from './optional-package.ts';

type Arrow = typeof import('apache-arrow');

/** By which a table of any copy of the library is known. */
const TABLE = Symbol.for('apache-arrow/Table');

export function isTable(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Reflect.get(value, TABLE) === true;
}

/** The stream in pieces; columns are the table's own memory. */
export async function packTable(table: object): Promise<Uint8Array[]> {
  const { RecordBatchStreamWriter } = await loadArrow();
  const writer = RecordBatchStreamWriter.writeAll(table as never);
  const pieces: Uint8Array[] = [];
  for await (const piece of writer) pieces.push(piece);
  return pieces;
}

/** Its columns are views of `bytes`, which begin at a multiple of 8. */
export async function unpackTable(bytes: Uint8Array): Promise<object> {
  const { tableFromIPC } = await loadArrow();
  return tableFromIPC(bytes);
}

function loadArrow(): Promise<Arrow> {
  return loadPackage<Arrow>('apache-arrow', 'keeping Arrow tables');
}
