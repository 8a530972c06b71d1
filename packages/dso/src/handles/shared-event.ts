import { codesOf } from '../objects/catalog.ts';
import { type CallOptions, SharedObject, type WriteOptions } from './shared-object.ts';

const CODES = codesOf('event');

/** Something that has happened, or not yet, for any number of those who wait. */
export class SharedEvent extends SharedObject {
  /** It has happened: all who wait go on. */
  async set(options?: WriteOptions): Promise<void> {
    await this.write(CODES.set, [], options);
  }

  /** It has not happened; who waits from now on waits until it is set again. */
  async clear(options?: WriteOptions): Promise<void> {
    await this.write(CODES.clear, [], options);
  }

  async isSet(options?: CallOptions): Promise<boolean> {
    return (await this.read(CODES.isSet, [], options)) as boolean;
  }

  /**
   * Waits until it is set; at once if it is. Who has waited goes on although it is cleared again at that moment.
   * @throws {TimeoutError} when that took too long
   */
  async wait(options?: WriteOptions): Promise<void> {
    await this.writeWaiting(CODES.wait, [], options);
  }
}
