import { codesOf } from '../objects/catalog.ts';
import { bytesOf } from './scalar-arguments.ts';
import { type CallOptions, SharedObject, type WriteOptions } from './shared-object.ts';

const CODES = codesOf('bytes');

/** Content, replaced as a whole: bytes, or text as UTF-8. It begins empty. */
export class Blob extends SharedObject {
  async get(options?: CallOptions): Promise<Uint8Array> {
    // In memory of its own: embedded, the answer is the object's.
    return new Uint8Array((await this.read(CODES.get, [], options)) as Uint8Array);
  }

  /** The content as text. */
  async text(options?: CallOptions): Promise<string> {
    return new TextDecoder().decode(await this.get(options));
  }

  async set(content: Uint8Array | string, options?: WriteOptions): Promise<void> {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    await this.write(CODES.set, [bytesOf('the content', bytes)], options);
  }

  /** How many bytes it has. */
  async size(options?: CallOptions): Promise<number> {
    return (await this.read(CODES.length, [], options)) as number;
  }
}
