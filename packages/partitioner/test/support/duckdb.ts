import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll } from 'vitest';
import { MemorySource } from './memory-source.ts';

/** What an independent implementation says of the same data. */
export class Duck {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'skein-duckdb-'));
  readonly #connection: DuckDBConnection;

  private constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  static async open(): Promise<Duck> {
    const duck = new Duck(await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect());
    afterAll(() => {
      duck.#connection.closeSync();
      rmSync(duck.folder, { recursive: true });
    });
    return duck;
  }

  async run(sql: string): Promise<void> {
    await this.#connection.run(sql);
  }

  /** Rows as JavaScript has them: bigint, Date, arrays, objects. */
  async rows(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return (await this.#connection.runAndReadAll(sql)).getRowObjectsJS();
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  source(name: string): MemorySource {
    return new MemorySource(readFileSync(this.path(name)), { name });
  }
}
