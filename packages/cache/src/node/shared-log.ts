/**
 * What the processes of a machine tell each other, in the order in which it was said: lines appended to a file. One write of a line
 * is one append (`O_APPEND`), so that no lock is needed to say something, and none to listen: whoever wants to know compares the
 * file's length with how far it has read, which takes two microseconds.
 *
 * A position is the number of the log times {@link STRIDE} and a place in it. Positions only grow.
 *
 * A log that has become long is *sealed* by a line, then the next one is published, which begins with what is still worth knowing.
 *
 * - **L1** The seal is written before the next log is published. So whoever has said something and sees no seal was heard.
 * - **L2** The next log says how much of the one before it holds. What was added after that is read from there, by everyone: who
 *   added it saw that the next one was not there yet. Else it says it again, there.
 * - **L3** A log is removed when the one after the next is published; who still read it hears what was kept, or that all is invalid.
 * - **L4** The first log is made by one process at a time, that sees then that there is none: two would be two histories, of which neither hears
 *   the other, as their numbers are the time.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { CacheError } from '../errors.ts';
import { createFile, ifThere, temporaryName } from './files.ts';
import type { History } from './history.ts';
import { type LogRecord, lineOf, readLine } from './log-record.ts';

/** A log is sealed long before it has so many bytes. */
const STRIDE = 2 ** 22;
/** From this length on it is sealed. */
export const LONG_BYTES: number = 256 * 1024;
/** The first log's number is the time in such steps since then, so that numbers grow even when the whole folder was removed. */
const STEP_MS = 250;
const EPOCH_MS = Date.UTC(2025, 0, 1);
/** Whoever makes the first log hears what it says, as all others do. */
const NOBODY = 'nobody';
/** Not created: only a link makes a log, with its beginning. */
const FOR_APPENDING = constants.O_RDWR | constants.O_APPEND;

export interface LogPlace {
  readonly folder: string;
  readonly temporary: string;
  /** Makes the folders, where they are not there. */
  readonly make: () => void;
  /** Runs what only one process may do at a time, after the others. */
  readonly alone: (work: () => void) => void;
}

export class SharedLog {
  readonly #place: LogPlace;
  readonly #history: History;
  /** By which it knows what it has said itself, which is no news. */
  readonly #by = randomBytes(6).toString('hex');
  #fd: number;
  #number = 0;
  /** How far this log was read. */
  #read = 0;
  #sealed = false;
  /** A line whose end is not there yet. */
  #rest = '';

  /** Reads what there is to know; makes the first log where there is none. */
  constructor(place: LogPlace, history: History) {
    this.#place = place;
    this.#history = history;
    [this.#number, this.#fd] = this.#openLast();
    this.#catchUp();
  }

  get isLong(): boolean {
    return this.#read >= LONG_BYTES;
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** Hears what was said since. */
  poll(): void {
    const { size, nlink } = fstatSync(this.#fd);
    if (nlink === 0) {
      this.#reopen();
      return;
    }
    if (size > this.#read) this.#listen(size);
    if (this.#sealed) this.#advance();
  }

  /** Says something. @returns its position: everybody who polls from now on hears it */
  append(record: LogRecord): number {
    const line = Buffer.from(this.#line(record));
    for (;;) {
      const number = this.#number;
      const written = writeSync(this.#fd, line);
      if (written < line.length)
        throw new CacheError('unreachable', 'the shared log could not be written whole');
      this.poll();
      if (this.#number === number) return this.#history.position;
    }
  }

  /**
   * Begins the next log. Only for whoever holds the right to maintain the folder.
   *
   * @param forget is told of the invalidations of keys that the next log leaves out, before it is there
   */
  rotate(forget: (forgotten: ReadonlyMap<string, number>) => void): void {
    if (!this.#sealed) this.append(['seal']);
    const { folder, temporary } = this.#place;
    const { records, forgotten } = this.#history.fold();
    forget(forgotten);
    const text = [['begin', this.#read - this.#rest.length] as const, ...records]
      .map((record) => this.#line(record))
      .join('');
    createFile(join(temporary, temporaryName()), this.#path(this.#number + 1), text);
    rmSync(join(folder, nameOf(this.#number - 1)), { force: true });
    this.#advance();
  }

  #path(number: number): string {
    return join(this.#place.folder, nameOf(number));
  }

  /** Reads to the end, and tells the lines. */
  #listen(size: number): void {
    const text = this.#rest + readText(this.#fd, this.#read, size);
    let position = this.#number * STRIDE + this.#read - this.#rest.length;
    this.#read = size;
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      const line = text.slice(start, end);
      start = end + 1;
      position += line.length + 1;
      this.#hear(line, position);
    }
    this.#rest = text.slice(start);
    this.#history.reached(position);
  }

  /** To the next log, once it is there. */
  #advance(): void {
    const fd = ifThere(() => openSync(this.#path(this.#number + 1), FOR_APPENDING));
    if (fd === undefined) return;
    // What was said here while the next one was published (L2).
    const { size } = fstatSync(this.#fd);
    if (size > this.#read) this.#listen(size);
    closeSync(this.#fd);
    this.#fd = fd;
    this.#number++;
    this.#catchUp();
  }

  /** This log was removed, long after the next one was published or with the whole folder. */
  #reopen(): void {
    const { number, fd } = { number: this.#number, fd: this.#fd };
    [this.#number, this.#fd] = this.#openLast();
    closeSync(fd);
    // Made anew by another, who has known no number, within a step of the clock.
    if (this.#number <= number) this.#history.forget();
    this.#catchUp();
  }

  /** Reads a log from its beginning, and of the one before what it does not hold. */
  #catchUp(): void {
    this.#read = 0;
    this.#rest = '';
    this.#sealed = false;
    this.#history.begin();
    const { size } = fstatSync(this.#fd);
    this.#tail(readText(this.#fd, 0, size));
    this.#listen(size);
    if (this.#sealed) this.#advance();
  }

  #tail(text: string): void {
    const begin = readLine(text.slice(0, Math.max(0, text.indexOf('\n'))))?.record;
    if (begin?.[0] !== 'begin') return;
    const before = ifThere(() => openSync(this.#path(this.#number - 1), 'r'));
    if (before === undefined) return;
    try {
      const { size } = fstatSync(before);
      const lines = readText(before, begin[1], size).split('\n');
      let position = (this.#number - 1) * STRIDE + begin[1];
      for (const line of lines.slice(0, -1)) {
        position += line.length + 1;
        this.#hear(line, position);
      }
    } finally {
      closeSync(before);
    }
  }

  #line(record: LogRecord): string {
    return lineOf({ by: this.#by, record });
  }

  #hear(line: string, position: number): void {
    const said = readLine(line);
    if (said?.record[0] === 'seal') this.#sealed ||= position >= this.#number * STRIDE; // else that of the one before
    this.#history.apply(said?.record, position, said?.by === this.#by);
  }

  #openLast(): [number: number, fd: number] {
    const { make, alone } = this.#place;
    make();
    for (;;) {
      const last = this.#last();
      const fd = last === 0 ? undefined : ifThere(() => openSync(this.#path(last), FOR_APPENDING));
      if (fd !== undefined) return [last, fd];
      if (last === 0) alone(() => this.#makeFirst());
    }
  }

  /** The number of the last log there is, 0 where there is none. */
  #last(): number {
    return Math.max(...readdirSync(this.#place.folder).flatMap((name) => numberOf(name) ?? []), 0);
  }

  /** Keeps L4. */
  #makeFirst(): void {
    if (this.#last() > 0) return;
    const first = Math.max(Math.floor((Date.now() - EPOCH_MS) / STEP_MS), this.#number + 1);
    // Whoever has read another one before it does not know what was said since.
    const text = [['begin', 0] as const, ['all'] as const]
      .map((record) => lineOf({ by: NOBODY, record }))
      .join('');
    createFile(join(this.#place.temporary, temporaryName()), this.#path(first), text);
  }
}

function nameOf(number: number): string {
  return `log.${number}`;
}

function numberOf(name: string): number | undefined {
  const [, digits] = /^log\.(\d+)$/.exec(name) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

function readText(fd: number, from: number, to: number): string {
  const bytes = Buffer.allocUnsafe(to - from);
  let length = 0;
  while (length < bytes.length) {
    const count = readSync(fd, bytes, length, bytes.length - length, from + length);
    if (count === 0) break;
    length += count;
  }
  return bytes.toString('latin1', 0, length);
}
