/** Arrow tables, as the IPC stream that every implementation of Arrow reads. `apache-arrow` is loaded when one is met. */
import { optionalPackages } from '@skein/codec/node';
import { CloudObjectError } from './errors.ts';

type Arrow = typeof import('apache-arrow');

/** A table of any copy of `apache-arrow`, as far as this package looks at one. */
export interface ArrowTable {
  readonly schema: object;
  readonly batches: readonly object[];
}

/** By which a table of any copy of the library is known. */
const TABLE = Symbol.for('apache-arrow/Table');

export function isTable(value: object): value is ArrowTable {
  return Reflect.get(value, TABLE) === true;
}

/** The stream in pieces; columns are the table's own memory. */
export async function packTable(table: ArrowTable): Promise<Uint8Array[]> {
  const { RecordBatchStreamWriter } = await loadArrow();
  const writer = RecordBatchStreamWriter.writeAll(table as never);
  const pieces: Uint8Array[] = [];
  for await (const piece of writer) pieces.push(piece);
  return pieces;
}

/** Its columns are views of `bytes`, which begin at a multiple of 8. */
export async function unpackTable(bytes: Uint8Array): Promise<ArrowTable> {
  const { tableFromIPC } = await loadArrow();
  return tableFromIPC(bytes);
}

const load = optionalPackages({
  url: import.meta.url,
  import: (name) => import(name) as Promise<unknown>,
  missing: (needed, use, cause) =>
    new CloudObjectError(
      'unsupported',
      `${use} ${needed}, which could not be loaded: npm install ${needed}`,
      { cause },
    ),
});

function loadArrow(): Promise<Arrow> {
  return load('apache-arrow', 'Arrow tables are read and written by');
}
