import type { Storage } from '@skein/storage';
import { nameOf, type StoredObject } from '../data-object.ts';
import { changed, codeOf, messageOf, PartitionError } from '../errors.ts';
import type { ByteSource } from './byte-source.ts';

/** An object in a bucket. The store tells with each answer of which version it is. */
export class StorageSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  readonly #storage: Storage;
  readonly #object: StoredObject;

  constructor(storage: Storage, object: StoredObject) {
    this.#storage = storage;
    this.#object = object;
    this.name = nameOf(object);
    this.size = object.size;
  }

  /** Made when somebody asks: a plan has very many sources. */
  get version(): string | undefined {
    const { etag } = this.#object;
    return etag && `${etag} in ${JSON.stringify(this.#storage.config)}`;
  }

  async read(start: number, end: number, signal?: AbortSignal): Promise<Uint8Array> {
    const last = Math.min(end, this.size);
    if (start >= last) return new Uint8Array();
    const { bucket, key } = this.#object;
    try {
      // Ranges of a storage include their ends.
      const range = { start, end: last - 1 };
      const { info, body } = await this.#storage.getObject(bucket, key, { range, info: true, signal });
      this.#check(info.etag, info.size);
      return body;
    } catch (error) {
      throw this.#told(error);
    }
  }

  async *stream(
    start: number,
    end: number = this.size,
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const last = Math.min(end, this.size);
    if (start >= last) return;
    const { bucket, key } = this.#object;
    try {
      const range = { start, end: last - 1 };
      const { info, body } = await this.#storage.getObject(bucket, key, {
        range,
        stream: true,
        info: true,
        signal,
      });
      try {
        this.#check(info.etag, info.size);
        yield* body as AsyncIterable<Uint8Array>;
      } finally {
        body.destroy();
      }
    } catch (error) {
      throw this.#told(error);
    }
  }

  #check(etag: string, size: number): void {
    if (this.#object.etag !== undefined && etag !== this.#object.etag)
      throw changed(
        this.name,
        `etag ${etag}, ${size} bytes, instead of ${this.#object.etag}, ${this.size} bytes`,
      );
  }

  /** What a storage says of an object that was there, as this package does; all else is the storage's to say. */
  #told(error: unknown): unknown {
    switch (codeOf(error)) {
      case 'no-such-key':
      case 'no-such-bucket': {
        const message = `${this.name} is not there any more: it was deleted since it was discovered`;
        return new PartitionError('gone', message, { object: this.name, cause: error });
      }
      case 'bad-range': // shorter than what was discovered
        return changed(this.name, messageOf(error), error);
      default:
        return error;
    }
  }
}
