import type { Socket } from 'node:net';
import type { Transport, TransportEvents } from './transport.ts';

/** How long the other side may take to end a connection that this side has ended, milliseconds. */
const END_MS = 2000;

/** Carries the protocol over a socket of any kind: TCP, TLS, Unix. */
export class SocketTransport implements Transport {
  readonly #socket: Socket;
  onDrain: (() => void) | undefined;
  #error: Error | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    // A peer whose machine is gone says nothing; the system finds that out.
    socket.setKeepAlive(true, 15_000);
    socket.on('drain', () => this.onDrain?.());
  }

  /** Apart from the constructor, because the events' owner wants the transport first. */
  listen(events: TransportEvents): void {
    const socket = this.#socket;
    socket.on('data', (chunk: Buffer) => events.data(chunk));
    socket.on('error', (error) => {
      this.#error = error;
    });
    // Who ends its side has nothing more to say, nor anybody to hear us.
    socket.on('end', () => socket.end());
    socket.on('close', () => events.closed(this.#error));
  }

  get buffered(): number {
    return this.#socket.writableLength;
  }

  write(parts: readonly Uint8Array[]): void {
    const socket = this.#socket;
    if (parts.length === 1) {
      socket.write(parts[0]!);
      return;
    }
    socket.cork();
    for (const part of parts) socket.write(part);
    socket.uncork();
  }

  pause(paused: boolean): void {
    if (paused) this.#socket.pause();
    else if (this.#socket.isPaused()) this.#socket.resume();
  }

  /** Whether it keeps the process running. */
  hold(keep: boolean): void {
    if (keep) this.#socket.ref();
    else this.#socket.unref();
  }

  end(): void {
    const socket = this.#socket;
    const destroy = (): void => void socket.destroy();
    // A peer that does not read, or that never ends its side, must not keep it half-open for ever.
    socket.setTimeout(END_MS, destroy);
    socket.end(() => {
      const late = setTimeout(destroy, END_MS).unref();
      socket.on('close', () => clearTimeout(late));
    });
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
