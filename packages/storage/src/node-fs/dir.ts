import type { Dir, Dirent, NoParamCallback } from 'node:fs';
import { fsError } from './errors.ts';

type EntryCallback = (error: NodeJS.ErrnoException | null, entry: Dirent | null) => void;

/** An open directory: its names come from the listing as they are asked for, never all at once. */
export class ObjectDir implements Dir {
  readonly path: string;
  readonly #entries: AsyncGenerator<Dirent>;
  #closed = false;

  constructor(path: string, entries: AsyncGenerator<Dirent>) {
    this.path = path;
    this.#entries = entries;
  }

  read(): Promise<Dirent | null>;
  read(callback: EntryCallback): void;
  read(callback?: EntryCallback): Promise<Dirent | null> | undefined {
    const next = this.#next();
    if (!callback) return next;
    next.then(
      (entry) => callback(null, entry),
      (error: NodeJS.ErrnoException) => callback(error, null),
    );
    return undefined;
  }

  close(): Promise<void>;
  close(callback: NoParamCallback): void;
  close(callback?: NoParamCallback): Promise<void> | undefined {
    const closing = this.#close();
    if (!callback) return closing;
    closing.then(() => callback(null), callback);
    return undefined;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Dirent, undefined> {
    try {
      for (let entry = await this.#next(); entry; entry = await this.#next()) yield entry;
    } finally {
      await this.#close();
    }
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closed) await this.#close();
  }

  readSync(): never {
    throw fsError(
      'ENOTSUP',
      { syscall: 'scandir', path: this.path },
      { why: 'a store answers later; use read()' },
    );
  }

  closeSync(): void {
    this.#close().catch(() => {});
  }

  async #next(): Promise<Dirent | null> {
    if (this.#closed) throw closedError();
    const { value, done } = await this.#entries.next();
    return done ? null : value;
  }

  async #close(): Promise<void> {
    if (this.#closed) throw closedError();
    this.#closed = true;
    await this.#entries.return(undefined);
  }
}

function closedError(): Error {
  return Object.assign(new Error('Directory handle was closed'), { code: 'ERR_DIR_CLOSED' });
}
