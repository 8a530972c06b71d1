import type { Value } from '../value/value.ts';
import type { Refusal } from './refusal.ts';

/** Where answers go: a client's connection. */
export interface ReplyPort {
  /** Connections are numbered as they come: what an old one says late takes nothing from a newer one. */
  readonly order: number;
  /** Of its requests that wait for an earlier one: the engine's, which counts it here. */
  earlyBytes: number;
  reply(callId: number, reply: Value | Refusal): void;
}
