import type { SyncWriter } from './channel-outlet.ts';

/** The agent's end of a channel. */
export interface AgentPort {
  readonly write: SyncWriter;
  /** Starts reading. `onEnd`: the client has closed its end, or is gone. */
  read(onData: (chunk: Uint8Array) => void, onEnd: () => void): void;
}
