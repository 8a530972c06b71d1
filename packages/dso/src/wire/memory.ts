import type { Transport, TransportEvents } from './transport.ts';

/** Both ends of a connection within a process. What one writes the other gets in a later turn, as from a socket. */
export class MemoryTransport implements Transport {
  onDrain: (() => void) | undefined;
  #peer: MemoryTransport | undefined;
  #events: TransportEvents | undefined;
  #arrived: Buffer[] = [];
  #paused = false;
  #scheduled = false;
  #ended = false;
  /** Bytes that the peer has not been given. */
  #unread = 0;

  static pair(): readonly [MemoryTransport, MemoryTransport] {
    const a = new MemoryTransport();
    const b = new MemoryTransport();
    a.#peer = b;
    b.#peer = a;
    return [a, b];
  }

  listen(events: TransportEvents): void {
    this.#events = events;
  }

  get buffered(): number {
    return this.#peer!.#unread;
  }

  write(parts: readonly Uint8Array[]): void {
    const peer = this.#peer!;
    if (this.#ended || peer.#ended) return;
    for (const part of parts) {
      peer.#arrived.push(
        part instanceof Buffer ? part : Buffer.from(part.buffer, part.byteOffset, part.byteLength),
      );
      peer.#unread += part.length;
    }
    peer.#schedule();
  }

  pause(paused: boolean): void {
    this.#paused = paused;
    this.#schedule();
  }

  /** There is nothing that could keep a process running. */
  hold(): void {}

  end(): void {
    const peer = this.#peer!;
    // What was written before is read first.
    setImmediate(() => {
      this.destroy();
      peer.destroy();
    });
  }

  destroy(): void {
    if (this.#ended) return;
    this.#deliver();
    this.#ended = true;
    setImmediate(() => this.#events?.closed(undefined));
    this.#peer!.destroy();
  }

  #schedule(): void {
    if (this.#scheduled || this.#paused || this.#arrived.length === 0) return;
    this.#scheduled = true;
    // Not a microtask: sockets and timers have to get their turn between question and answer.
    setImmediate(() => this.#deliver());
  }

  #deliver(): void {
    this.#scheduled = false;
    if (this.#ended || this.#paused) return;
    const chunks = this.#arrived;
    this.#arrived = [];
    this.#unread = 0;
    for (const chunk of chunks) this.#events?.data(chunk);
    this.#peer!.onDrain?.();
  }
}
