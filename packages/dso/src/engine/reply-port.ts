import type { Value } from '../value/value.ts';
import type { Refusal } from './refusal.ts';

/** Where answers go: a client's connection. */
export interface ReplyPort {
  reply(callId: number, reply: Value | Refusal): void;
}
