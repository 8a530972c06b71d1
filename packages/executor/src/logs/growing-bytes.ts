/** Bytes that come in pieces, most of them tiny: held in few buffers, whose size doubles as more comes. */

const LARGEST = 64 * 1024;

export class GrowingBytes {
  readonly #full: Uint8Array[] = [];
  #open: Buffer | undefined;
  #used = 0;

  /** Copies them. */
  add(bytes: Uint8Array): void {
    if (this.#open !== undefined && this.#open.byteLength - this.#used >= bytes.byteLength) {
      this.#open.set(bytes, this.#used);
      this.#used += bytes.byteLength;
      return;
    }
    const before = this.#open?.byteLength ?? 0;
    this.#close();
    // The first piece is most often the only one.
    const size = Math.max(bytes.byteLength, Math.min(before * 2, LARGEST));
    this.#open = size === bytes.byteLength ? Buffer.from(bytes) : Buffer.allocUnsafe(size);
    this.#open.set(bytes);
    this.#used = bytes.byteLength;
  }

  /** In order; views, as long as nothing is added. */
  get pieces(): Uint8Array[] {
    return this.#open === undefined ? [...this.#full] : [...this.#full, this.#open.subarray(0, this.#used)];
  }

  #close(): void {
    if (this.#open !== undefined) this.#full.push(this.#open.subarray(0, this.#used));
    this.#open = undefined;
  }
}
