/** The last bytes of what may be any amount. */
export class Tail {
  readonly #most: number;
  #ring: Buffer | undefined;
  /** Where the next byte goes. */
  #at = 0;
  #seen = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add(bytes: Uint8Array): void {
    if (bytes.byteLength === 0) return;
    this.#ring ??= Buffer.allocUnsafe(this.#most);
    this.#seen += bytes.byteLength;
    const last = bytes.subarray(Math.max(0, bytes.byteLength - this.#most));
    const room = this.#most - this.#at;
    this.#ring.set(last.subarray(0, room), this.#at);
    this.#ring.set(last.subarray(room), 0);
    this.#at = (this.#at + last.byteLength) % this.#most;
  }

  /** Takes what is kept, and how many bytes before it are not; then it is as new. */
  take(): { readonly omitted: number; readonly bytes: Uint8Array } {
    const ring = this.#ring ?? Buffer.alloc(0);
    const kept = Math.min(this.#seen, this.#most);
    const bytes =
      kept < this.#most
        ? Buffer.from(ring.subarray(this.#at - kept, this.#at))
        : Buffer.concat([ring.subarray(this.#at), ring.subarray(0, this.#at)]);
    const omitted = this.#seen - kept;
    this.#ring = undefined;
    this.#at = 0;
    this.#seen = 0;
    return { omitted, bytes };
  }
}
