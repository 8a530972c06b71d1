/** Where an agent's outcomes go. Each kind keeps one promise: what was delivered survives the agent's death. */
import type { Encoded } from '@skein/codec';
import type { JobDescription, Place } from '../wire/payload.ts';

export interface Outlet {
  /**
   * Delivers packed outcomes. Synchronous where the next call must not start before they are safe: a channel
   * hands them to the kernel before it returns.
   */
  deliver(packed: readonly Uint8Array[], indexes: readonly number[]): void | Promise<void>;
  /** Says that a call begins, where that can be said before it ends. */
  begun?(job: number, index: number): void;
  /** Takes what the call has printed, where it has told nobody as it came. */
  readonly logs?: (index: number) => string | undefined;
  store(job: JobDescription, index: number, attempt: number, encoded: Encoded): Promise<Place>;
}
