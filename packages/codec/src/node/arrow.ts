/** Arrow tables, as the IPC stream that every implementation of Arrow reads. The library is its user's to install, and loaded when one is met. */

/** A table of any copy of `apache-arrow`, as far as packages of Skein look at one. */
export interface ArrowTable {
  readonly schema: object;
  readonly batches: readonly object[];
}

/** What is used of `apache-arrow`. */
export interface ArrowLibrary {
  readonly RecordBatchStreamWriter: { writeAll(table: never): AsyncIterable<Uint8Array> };
  tableFromIPC(bytes: Uint8Array): ArrowTable;
}

export interface ArrowTables {
  /** The stream in pieces; columns are the table's own memory. */
  pack(table: ArrowTable): Promise<Uint8Array[]>;
  /** Its columns are views of `bytes`, which begin at a multiple of 8. */
  unpack(bytes: Uint8Array): Promise<ArrowTable>;
}

/** By which a table of any copy of the library is known. */
const TABLE = Symbol.for('apache-arrow/Table');

export function isArrowTable(value: unknown): value is ArrowTable {
  return typeof value === 'object' && value !== null && Reflect.get(value, TABLE) === true;
}

/** @param load of the package that meets tables, whose error it is when the library is missing */
export function arrowTables(load: () => Promise<ArrowLibrary>): ArrowTables {
  return {
    async pack(table) {
      const { RecordBatchStreamWriter } = await load();
      const pieces: Uint8Array[] = [];
      for await (const piece of RecordBatchStreamWriter.writeAll(table as never)) pieces.push(piece);
      return pieces;
    },
    async unpack(bytes) {
      const { tableFromIPC } = await load();
      return tableFromIPC(bytes);
    },
  };
}
