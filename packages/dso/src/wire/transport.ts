/** A stream of bytes in both directions, whichever carries it. */
export interface Transport {
  /** Sends the pieces one after another. They must not change any more. */
  write(parts: readonly Uint8Array[]): void;
  /** Bytes that were written and have not left. */
  readonly buffered: number;
  /** Called when what was written has left. */
  onDrain: (() => void) | undefined;
  /** Stops or goes on reading. */
  pause(paused: boolean): void;
  /** Ends it when what was written has left. */
  end(): void;
  /** Ends it now. */
  destroy(): void;
}

/** What a transport tells its user. */
export interface TransportEvents {
  /** @param chunk is not the user's to keep: the next may come to the same memory */
  data(chunk: Buffer): void;
  /** It has ended, once; `error` says why, when it was not meant to. */
  closed(error: Error | undefined): void;
}
