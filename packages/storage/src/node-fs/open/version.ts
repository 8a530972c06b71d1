import type { Readable } from 'node:stream';
import type { WaitOptions } from '../../storage.ts';
import { type Call, fsError } from '../errors.ts';
import type { Place } from '../paths.ts';
import { type Tree, unlessCode } from '../tree.ts';

/** Bytes fetched at a time: many small reads cost one request. */
const WINDOW = 1024 * 1024;

/**
 * The bytes of one version of an object. What has been replaced since is not mixed with it: reading fails with ESTALE, as
 * on network file systems.
 */
export class Version {
  readonly etag: string;
  readonly size: number;
  readonly modified: Date;
  readonly #tree: Tree;
  readonly #place: Place;
  #window: { readonly start: number; readonly bytes: Buffer } | undefined;

  constructor(
    tree: Tree,
    place: Place,
    {
      etag,
      size,
      lastModified,
    }: { readonly etag: string; readonly size: number; readonly lastModified: Date },
  ) {
    this.#tree = tree;
    this.#place = place;
    this.etag = etag;
    this.size = size;
    this.modified = lastModified;
  }

  /** Fills the beginning of `buffer` from `position` and says how much of it: less than asked for at the window's edge, 0 only at the end. */
  async read(buffer: Uint8Array, position: number, call: Call): Promise<number> {
    if (position >= this.size || buffer.byteLength === 0) return 0;
    let window = this.#window;
    if (!window || position < window.start || position >= window.start + window.bytes.length) {
      const end = Math.min(position + Math.max(WINDOW, buffer.byteLength), this.size) - 1;
      window = {
        start: position,
        bytes: Buffer.concat(await (await this.stream(position, end, call)).toArray()),
      };
      this.#window = window;
    }
    const from = position - window.start;
    const length = Math.min(buffer.byteLength, window.bytes.length - from);
    buffer.set(window.bytes.subarray(from, from + length));
    return length;
  }

  /** Bytes from `start` to `end`, both inclusive and within the object. */
  async stream(
    start: number,
    end: number,
    call: Call,
    wait: WaitOptions = this.#tree.wait(),
  ): Promise<Readable> {
    const { storage, bucket } = this.#tree;
    const options = { ...wait, range: { start, end }, stream: true, info: true } as const;
    const object = await unlessCode(storage.getObject(bucket, this.#place.key, options), 'no-such-key');
    if (object?.info.etag === this.etag) return object.body;
    object?.body.destroy();
    const why = `the object was ${object ? 'replaced' : 'removed'} since it was opened`;
    throw fsError('ESTALE', call, { why });
  }
}
