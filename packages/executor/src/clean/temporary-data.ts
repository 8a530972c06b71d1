/**
 * What an executor keeps in a storage while it lives. In a storage that outlives the client it is marked with the
 * client's name, removed by `close`, in the background when a client ends without `close`, and by `cleanLeftovers`
 * when it could not do either.
 */
import { keepMarked, markerKey, type Removed, removeTree } from '@skein/cloudobject/temporary';
import type { PutOptions, Storage } from '@skein/storage';
import { atExit } from '../at-exit.ts';
import type { Diagnostics } from '../diagnostics.ts';
import { ExecutorError } from '../errors.ts';
import { patiently } from '../patience.ts';
import { cleanInBackground } from './background.ts';

/** How long the caller of `close` waits for removals; what is left then is removed by a process of its own. */
const PATIENCE_MS = 1_000;

export interface TemporaryDataOptions {
  readonly storage: Storage;
  readonly bucket: string;
  readonly prefix: string;
  /** The storage is the user's own: it outlives the executor. */
  readonly lasting: boolean;
  readonly diagnostics: Diagnostics;
}

/** The id of a job that is over, or what jobs have in common; what is below `except` stays. */
export interface DataPart {
  readonly name: string;
  readonly except?: string;
}

export class TemporaryData {
  readonly #options: TemporaryDataOptions;
  #opened: Promise<Storage> | undefined;
  #stopRenewing: (() => Promise<void>) | undefined;
  #stayAtExit: (() => void) | undefined;
  readonly #writing = new Set<Promise<void>>();
  #closed = false;

  constructor(options: TemporaryDataOptions) {
    this.#options = options;
  }

  /** The storage with its bucket, marked when it is first asked for. */
  storage(): Promise<Storage> {
    if (this.#opened === undefined) {
      const opening = patiently(() => this.#open(), { wanted: () => !this.#closed });
      this.#opened = opening;
      // Whoever asks next may find it there again.
      opening.catch(() => {
        this.#opened = undefined;
      });
    }
    return this.#opened;
  }

  /** Stores an object. Once the executor ends nothing is stored any more: nobody would remove it. */
  put(key: string, bytes: Uint8Array | string, options: PutOptions = {}): Promise<void> {
    const writing = this.#put(key, bytes, options).finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
    return writing;
  }

  /** Reads an object. */
  async get(key: string): Promise<Buffer> {
    const { bucket } = this.#options;
    const storage = await this.storage();
    try {
      return await patiently(() => storage.getObject(bucket, key), { wanted: () => !this.#closed });
    } catch (cause) {
      if (!this.#closed) throw cause;
      const message = `${key} has gone with its executor: what is too large for a message is to be read before close()`;
      throw new ExecutorError('closed', message, { cause });
    }
  }

  async discard(key: string): Promise<void> {
    await (await this.storage()).deleteObject(this.#options.bucket, key);
  }

  async #put(key: string, bytes: Uint8Array | string, options: PutOptions): Promise<void> {
    const { bucket } = this.#options;
    const storage = this.#closed ? undefined : await this.storage();
    if (this.#closed || storage === undefined)
      throw new ExecutorError('closed', `${key} is not stored: its executor is closed`);
    await patiently(() => storage.putObject(bucket, key, bytes, options), { wanted: () => !this.#closed });
  }

  async #open(): Promise<Storage> {
    const { storage, bucket, prefix, lasting, diagnostics } = this.#options;
    await storage.createBucket(bucket);
    if (!lasting || storage.reach === 'process') return storage;
    this.#stopRenewing = await keepMarked(storage, bucket, prefix, (error) =>
      diagnostics.debug(`the marker of ${prefix} could not be renewed: ${String(error)}`),
    );
    this.#stayAtExit = atExit(() => this.#inBackground());
    return storage;
  }

  /** Removes parts of the data while the executor goes on. */
  async remove(parts: readonly DataPart[], signal: AbortSignal | undefined): Promise<Removed> {
    let [objects, bytes] = [0, 0];
    if (this.#opened === undefined) return { objects, bytes };
    const storage = await this.#opened;
    const { bucket, prefix } = this.#options;
    for (const { name, except } of parts) {
      const removed = await removeTree(storage, bucket, `${prefix}/${name}/`, {
        except: except === undefined ? undefined : `${prefix}/${name}/${except}/`,
        signal,
      });
      objects += removed.objects;
      bytes += removed.bytes;
    }
    return { objects, bytes };
  }

  /** Removes everything, most often before it returns; a great many objects are left to the background. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#writing);
    const storage = await this.#opened?.catch(() => undefined); // whoever needed it has heard of it
    await this.#stopRenewing?.(); // which would bring the marker back
    const { bucket, prefix, lasting } = this.#options;
    if (!lasting || storage === undefined) return;
    const patience = this.#travels() ? AbortSignal.timeout(PATIENCE_MS) : undefined;
    try {
      await removeTree(storage, bucket, `${prefix}/`, { last: markerKey(prefix), signal: patience });
    } catch (error) {
      if (!patience?.aborted) throw error;
      this.#inBackground();
    } finally {
      this.#stayAtExit?.();
    }
  }

  #inBackground(): void {
    if (this.#travels()) cleanInBackground(this.#options);
  }

  /** Another process could open the storage. */
  #travels(): boolean {
    const { storage } = this.#options;
    return storage.reach !== 'process' && storage.config !== undefined;
  }
}
