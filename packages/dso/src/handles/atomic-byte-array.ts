import { codesOf } from '../objects/catalog.ts';
import type { Value } from '../value/value.ts';
import { count, index } from './collection-arguments.ts';
import { bytesOf } from './scalar-arguments.ts';
import { type CallOptions, SharedObject, type WriteOptions } from './shared-object.ts';

const CODES = codesOf('bytes');

/** Bytes, any number of them, that can be replaced, written into and appended to. What is given back is a copy. */
export class AtomicByteArray extends SharedObject {
  async get(options?: CallOptions): Promise<Uint8Array> {
    return copied(await this.read(CODES.get, [], options));
  }

  /** Replaces all of them. */
  async set(bytes: Uint8Array, options?: WriteOptions): Promise<void> {
    await this.write(CODES.set, [bytesOf('the bytes', bytes)], options);
  }

  /** Replaces all of them, and gives what they were. */
  async getAndSet(bytes: Uint8Array, options?: WriteOptions): Promise<Uint8Array> {
    return copied(await this.write(CODES.getAndSet, [bytesOf('the bytes', bytes)], options));
  }

  /** Replaces all of them by `next` if they are `expected`; whether they were. */
  async compareAndSet(expected: Uint8Array, next: Uint8Array, options?: WriteOptions): Promise<boolean> {
    const args = [bytesOf('the expected bytes', expected), bytesOf('the next bytes', next)];
    return (await this.write(CODES.compareAndSet, args, options)) as boolean;
  }

  /** How many there are. */
  async length(options?: CallOptions): Promise<number> {
    return (await this.read(CODES.length, [], options)) as number;
  }

  /** Some of them, counted as `Uint8Array.prototype.slice` does: from the end where negative. */
  async slice(start = 0, end?: number, options?: CallOptions): Promise<Uint8Array> {
    const args = [index('start', start), end === undefined ? undefined : index('end', end)];
    return copied(await this.read(CODES.slice, args, options));
  }

  /**
   * Writes over what is there from an offset on, in bytes, and beyond the end; zeros fill what lies between the end
   * and an offset beyond it. Gives how many there are then.
   */
  async writeAt(offset: number, bytes: Uint8Array, options?: WriteOptions): Promise<number> {
    const args = [count('the offset', offset), bytesOf('the bytes', bytes)];
    return (await this.write(CODES.write, args, options)) as number;
  }

  /** Adds bytes at the end, and gives how many there are then. */
  async append(bytes: Uint8Array, options?: WriteOptions): Promise<number> {
    return (await this.write(CODES.append, [bytesOf('the bytes', bytes)], options)) as number;
  }
}

/** In memory of its own: embedded, the answer is the object's. */
function copied(reply: Value): Uint8Array {
  return new Uint8Array(reply as Uint8Array);
}
