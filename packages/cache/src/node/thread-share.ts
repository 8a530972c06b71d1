/**
 * Large bodies that one thread has read, for the other threads of its process: they lie in SharedArrayBuffers, which are handed on
 * as they are. A thread tells all others of each body that it reads. They look when they are about to read one themselves, so that
 * a thread that is busy, and hears of nothing, still finds what was read meanwhile.
 */
import { BroadcastChannel, receiveMessageOnPort } from 'node:worker_threads';

/** Below, a copy is cheaper than a message. */
const LARGE_BYTES = 64 * 1024;
const CHANNEL = 'skein.cache@1';

interface Offer {
  readonly id: string;
  readonly buffer: SharedArrayBuffer;
}

export class ThreadShare {
  readonly #maxBytes: number;
  readonly #channel = new BroadcastChannel(CHANNEL);
  /** Used last comes last. */
  readonly #buffers = new Map<string, SharedArrayBuffer>();
  #bytes = 0;

  /** @param maxBytes of the bodies that it holds on to; all threads hold the same ones, once */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#channel.onmessage = (event) => this.#take((event as { data: unknown }).data);
    this.#channel.unref();
  }

  allocate(bytes: number): Uint8Array | undefined {
    return bytes < LARGE_BYTES ? undefined : new Uint8Array(new SharedArrayBuffer(bytes));
  }

  find(id: string): Uint8Array | undefined {
    for (let next = this.#next(); next !== undefined; next = this.#next()) this.#take(next.message);
    const buffer = this.#buffers.get(id);
    if (buffer === undefined) return undefined;
    this.#buffers.delete(id);
    this.#buffers.set(id, buffer);
    return new Uint8Array(buffer);
  }

  offer(id: string, { buffer }: Uint8Array): void {
    if (!(buffer instanceof SharedArrayBuffer) || this.#buffers.has(id)) return;
    const offer: Offer = { id, buffer };
    this.#keep(offer);
    this.#channel.postMessage(offer);
  }

  close(): void {
    this.#channel.close();
    this.#buffers.clear();
    this.#bytes = 0;
  }

  #next(): { readonly message: unknown } | undefined {
    // Its types leave channels out, which the function takes.
    return receiveMessageOnPort(this.#channel as never) as { message: unknown } | undefined;
  }

  #take(message: unknown): void {
    const { id, buffer } = message as Partial<Offer>;
    if (typeof id === 'string' && buffer instanceof SharedArrayBuffer && !this.#buffers.has(id))
      this.#keep({ id, buffer });
  }

  #keep({ id, buffer }: Offer): void {
    this.#buffers.set(id, buffer);
    this.#bytes += buffer.byteLength;
    for (const [oldest, { byteLength }] of this.#buffers) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#buffers.delete(oldest);
      this.#bytes -= byteLength;
    }
  }
}
