import type { SyncWriter } from './channel-outlet.ts';
import type { Pulse } from './pulse.ts';

/** The agent's end of a channel. */
export interface AgentPort {
  readonly write: SyncWriter;
  /** Where the agent says what it runs. */
  readonly pulse: Pulse;
  /** Has the calls watched from another thread; whoever started a thread agent does that itself. */
  guard(heapLimit: number): void;
  /** Starts reading. `onEnd`: the client has closed its end, or is gone. */
  read(onData: (chunk: Uint8Array) => void, onEnd: () => void): void;
}
