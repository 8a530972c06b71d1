/** Arrow tables, as the IPC stream that every implementation of Arrow reads. `apache-arrow` is loaded when one is met. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CloudObjectError, codeOf } from './errors.ts';

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

/** Kept out of reach of bundlers: they would put it into every function that uses a cloud object. */
const ARROW = 'apache-arrow';

let loading: Promise<Arrow> | undefined;

function loadArrow(): Promise<Arrow> {
  loading ??= load().catch((cause: unknown) => {
    loading = undefined;
    throw new CloudObjectError(
      'unsupported',
      'Arrow tables are read and written by apache-arrow, which could not be loaded: npm install apache-arrow',
      { cause },
    );
  });
  return loading;
}

/** Beside this package, else in the project, when this code was bundled into a file elsewhere. */
async function load(): Promise<Arrow> {
  try {
    return (await import(ARROW)) as Arrow;
  } catch (error) {
    if (codeOf(error) !== 'ERR_MODULE_NOT_FOUND') throw error;
    const path = createRequire(join(process.cwd(), 'package.json')).resolve(ARROW);
    return (await import(pathToFileURL(path).href)) as Arrow;
  }
}
