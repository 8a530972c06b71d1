/** The records that executors have kept, as programs and the `skein` command read them. */
import type { Storage, StorageConfig } from '@skein/storage';
import { ExecutorError } from '../errors.ts';
import { resolveExecutorOptions } from '../options.ts';
import { recordId, recordKeys, recordStorage } from './place.ts';
import { type JobRecord, type JobRecordHead, parseHead, parseRecord } from './record.ts';

/** A record as lists show it. */
export interface JobRecordSummary extends JobRecordHead {
  /** `<executorId>-<jobId>`: what {@link Records.read} takes. */
  readonly id: string;
  /** Bytes of the whole record. */
  readonly bytes: number;
}

export interface RecordsOptions {
  /** @default the configured storage, else `~/.local/state/skein` (or below `XDG_STATE_HOME`) */
  readonly storage?: StorageConfig;
}

/** The records of the configured storage, where executors with the option `records` leave them. */
export async function openRecords(options: RecordsOptions = {}): Promise<Records> {
  const { storage } = await resolveExecutorOptions(options);
  return new Records(recordStorage(storage));
}

/** Heads are shorter than this, unless names and messages in them are very long, bytes. */
const HEAD_BYTES = 4096;
/** Heads read at a time. */
const READ_AHEAD = 16;
/** Candidates that the error of an ambiguous id names. */
const MOST_NAMED = 10;

interface Found {
  readonly id: string;
  readonly key: string;
  readonly bytes: number;
  readonly lastModified: Date;
}

export class Records {
  readonly #storage: Storage;

  /** Made by {@link openRecords}. */
  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** Jobs by the time at which they ended, the last one first. What is no record of a version known here is passed over. */
  async *list(): AsyncGenerator<JobRecordSummary, void, undefined> {
    const all = await this.#find('');
    all.sort((a, b) => b.lastModified.getTime() - a.lastModified.getTime() || (a.id < b.id ? 1 : -1));
    const reading: Promise<JobRecordSummary | undefined>[] = [];
    for (let next = 0; ; ) {
      while (next < all.length && reading.length < READ_AHEAD) {
        const summary = this.#summary(all[next++]!);
        summary.catch(() => {}); // told when its turn comes, or to nobody when the reader has left
        reading.push(summary);
      }
      const first = reading.shift();
      if (first === undefined) return;
      const summary = await first;
      if (summary !== undefined) yield summary;
    }
  }

  /**
   * @param id `<executorId>-<jobId>`, or as much of its beginning as tells it from all others
   * @throws {ExecutorError} `no-such-record`, or `ambiguous` with the records that it could be
   */
  async read(id: string): Promise<JobRecord> {
    const { key, id: whole } = await this.#only(id);
    const text = await this.#storage.getObject(this.#storage.bucket, key);
    try {
      return parseRecord(text.toString('utf8'));
    } catch (cause) {
      throw new ExecutorError(
        'no-such-record',
        `the record ${whole} cannot be read: ${(cause as Error).message}`,
        { cause },
      );
    }
  }

  /** @param id as for {@link Records.read} */
  async remove(id: string): Promise<void> {
    const { key } = await this.#only(id);
    await this.#storage.deleteObject(this.#storage.bucket, key);
  }

  async #only(id: string): Promise<Found> {
    if (typeof id !== 'string' || id === '')
      throw new ExecutorError(
        'invalid-argument',
        `the id of a record is text such as 'a1b2c3-0-M000'; got ${id === '' ? 'empty text' : typeof id}`,
      );
    const found = (await this.#find(id)).filter((one) => one.id.startsWith(id));
    const exact = found.find((one) => one.id === id);
    if (exact !== undefined) return exact;
    const [first, second] = found;
    if (first === undefined)
      throw new ExecutorError(
        'no-such-record',
        `there is no record whose id begins with '${id}': records are kept of jobs whose executor has the option records`,
      );
    if (second === undefined) return first;
    const ids = found.map((one) => one.id).sort();
    const more = ids.length > MOST_NAMED ? `, and ${ids.length - MOST_NAMED} more` : '';
    throw new ExecutorError(
      'ambiguous',
      `'${id}' is the beginning of ${ids.length} records: ${ids.slice(0, MOST_NAMED).join(', ')}${more}`,
    );
  }

  async #find(id: string): Promise<Found[]> {
    const found: Found[] = [];
    try {
      for await (const { key, size, lastModified } of this.#storage.listObjects(
        this.#storage.bucket,
        recordKeys(id),
      )) {
        const own = recordId(key);
        if (own !== undefined) found.push({ id: own, key, bytes: size, lastModified });
      }
    } catch (error) {
      // Nothing has ever been recorded there.
      if ((error as { code?: string }).code !== 'no-such-bucket') throw error;
    }
    return found;
  }

  async #summary({ id, key, bytes }: Found): Promise<JobRecordSummary | undefined> {
    try {
      const short = bytes <= HEAD_BYTES;
      const range = short ? {} : { range: { start: 0, end: HEAD_BYTES - 1 } };
      let head = parseHead(
        (await this.#storage.getObject(this.#storage.bucket, key, range)).toString('utf8'),
      );
      if (head === undefined && !short)
        head = parseHead((await this.#storage.getObject(this.#storage.bucket, key)).toString('utf8'));
      return head && { id, bytes, ...head };
    } catch (error) {
      // Removed since it was listed, or not written by an executor.
      if (error instanceof SyntaxError || (error as { code?: string }).code === 'no-such-key')
        return undefined;
      throw error;
    }
  }
}
