/**
 * The port of compute backends: start an agent somewhere, tell how it ended, end it. Everything else
 * (which calls run where, windows, what a death means) is the scheduler's, once for all backends.
 */
import type { AgentPayload } from '../wire/payload.ts';

/** How an agent ended, as far as its backend can know. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
  /** Set when the agent could not be started at all. */
  readonly error?: Error;
  /** What it told could not be read any more; whether it lives, nobody knows. */
  readonly cutOff?: Error;
}

/** A reliable, ordered stream of bytes to and from one agent. */
export interface Channel {
  /** Queues the parts to be written, in order. What is given must not be changed any more. */
  write(parts: readonly Uint8Array[]): void;
  /** Sends what is queued. Called once an event-loop turn, so that many small frames share one write. */
  flush(): void;
  /**
   * No more will be written: the agent finishes what it has and leaves.
   *
   * @param worn one that was lent, and stays for others, is to leave too
   */
  end(worn: boolean): void;
}

export interface ChannelEvents {
  /** Bytes of the agent, in any cut. */
  onData(chunk: Uint8Array): void;
  /** The agent has ended and every byte that it wrote has been delivered. Once. */
  onExit(exit: Exit): void;
}

/** A running agent. */
export interface Invocation {
  /** What messages call it, e.g. `process 4711`. */
  readonly name: string;
  /** Ends the agent at once, whatever it is doing. */
  kill(): void;
}

export interface ChannelInvocation extends Invocation {
  readonly channel: Channel;
}

export interface BackendBase {
  readonly name: string;
  /** How many agents may run at a time when the user does not say. */
  readonly defaultWorkers: number;
  /** Which handles its agents can use: those of this host, or only those with a network address. */
  readonly reach: 'host' | 'network';
  /** How long nothing may be heard of an agent that has work until it is given up, milliseconds. */
  readonly leaseMs: number;
  /** What calls cost, where they cost something: for a second with a GiB of memory, and for each call. */
  readonly price?: { readonly perGbSecond: number; readonly perCall: number; readonly currency: string };
  /** Ends what the backend keeps for itself. Its agents have ended before. */
  close(): Promise<void>;
}

/** Agents stay, and calls are pushed to them: warm processes, threads, connected machines. */
export interface ChannelBackend extends BackendBase {
  readonly kind: 'channel';
  start(payload: AgentPayload, events: ChannelEvents): ChannelInvocation;
}

/** Agents know only their payload and the storage: functions in a cloud, jobs of a cluster, plain subprocesses. */
export interface StorageBackend extends BackendBase {
  readonly kind: 'storage';
  /**
   * `env` is for the calls and may hold secrets: it is never to be part of what is stored.
   * `onExit` is called if and when the backend learns that the agent ended; statuses in storage decide.
   */
  start(
    payload: AgentPayload,
    env: Readonly<Record<string, string>>,
    onExit: (exit: Exit) => void,
  ): Invocation;
}

export type Backend = ChannelBackend | StorageBackend;
