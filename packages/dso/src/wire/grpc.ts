import type { Transport, TransportEvents } from './transport.ts';

/** A stream of packets, of either side, as grpc-js makes it: what is written is `parts`, what is read their bytes. */
export interface PacketStream {
  write(parts: readonly Uint8Array[], written: () => void): boolean;
  end(): unknown;
  pause(): unknown;
  resume(): unknown;
  isPaused(): boolean;
  on(event: 'data', heard: (frames: Buffer) => void): unknown;
  on(event: 'error', heard: (error: Error) => void): unknown;
  on(event: 'end' | 'finish' | 'close' | 'cancelled' | 'status', heard: () => void): unknown;
}

/** The longest packet, bytes: what gRPC libraries take unless they are told otherwise is 4 MiB. */
const MAX_PACKET = 2 ** 20;
/** When less than this is left to be sent, more is asked for, bytes. */
const LOW = 256 * 1024;
/** A peer that does not read must not keep the stream for ever, milliseconds. */
const END_MS = 2000;

/** Carries the protocol over a gRPC stream. What is written at a time is one packet, or few. */
export class GrpcTransport implements Transport {
  readonly #stream: PacketStream;
  readonly #abort: () => void;
  #buffered = 0;
  #over = false;
  onDrain: (() => void) | undefined;

  /** @param abort ends the stream at once */
  constructor(stream: PacketStream, abort: () => void) {
    this.#stream = stream;
    this.#abort = abort;
  }

  /**
   * Apart from the constructor, because the events' owner wants the transport first.
   *
   * @param ends the events after which the stream is over: they differ between the sides
   */
  listen(events: TransportEvents, ends: readonly ('finish' | 'close' | 'cancelled' | 'status')[]): void {
    let failure: Error | undefined;
    const over = (): void => {
      if (this.#over) return;
      this.#over = true;
      events.closed(failure);
    };
    const stream = this.#stream;
    stream.on('data', (frames) => {
      if (!this.#over) events.data(frames);
    });
    stream.on('error', (error) => {
      failure = error;
    });
    // Who ends its side has nothing more to say, nor anybody to hear us.
    stream.on('end', () => stream.end());
    for (const end of ends) stream.on(end, over);
  }

  get buffered(): number {
    return this.#buffered;
  }

  write(parts: readonly Uint8Array[]): void {
    if (this.#over) return;
    let packet: Uint8Array[] = [];
    let room = MAX_PACKET;
    for (let part of parts) {
      while (part.length > room) {
        packet.push(part.subarray(0, room));
        part = part.subarray(room);
        this.#send(packet, MAX_PACKET);
        packet = [];
        room = MAX_PACKET;
      }
      packet.push(part);
      room -= part.length;
    }
    if (room < MAX_PACKET) this.#send(packet, MAX_PACKET - room);
  }

  #send(packet: readonly Uint8Array[], bytes: number): void {
    this.#buffered += bytes;
    this.#stream.write(packet, () => {
      const before = this.#buffered;
      this.#buffered -= bytes;
      if (this.#buffered < LOW && (before >= LOW || this.#buffered === 0)) this.onDrain?.();
    });
  }

  pause(paused: boolean): void {
    if (paused) this.#stream.pause();
    else if (this.#stream.isPaused()) this.#stream.resume();
  }

  end(): void {
    this.#stream.end();
    setTimeout(() => {
      if (!this.#over) this.#abort();
    }, END_MS).unref();
  }

  destroy(): void {
    this.#abort();
  }
}
