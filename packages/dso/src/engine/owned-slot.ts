import { type EarlyBytes, EarlyRequests } from './early-requests.ts';
import type { SlotLog } from './log.ts';
import type { Refusal } from './refusal.ts';
import type { ReplyPort } from './reply-port.ts';
import type { Slot } from './slot.ts';
import type { Reply } from './step.ts';

/** Gives an answer to its port. */
export type Say = (port: ReplyPort, callId: number, reply: Reply) => void;

interface Held {
  readonly index: number;
  readonly port: ReplyPort;
  readonly callId: number;
  readonly reply: Reply;
}

/** A slot whose owner this node is: its state, its log, and what waits outside of both. */
export class OwnedSlot {
  readonly slot: Slot;
  readonly log: SlotLog;
  /** Names the time from which on its objects have been kept: what was before was lost (D5). */
  readonly life: string;
  readonly early: EarlyRequests;
  readonly #say: Say;
  /** Answers that wait for the commit of what they have seen, or for this node to be allowed to give them. */
  #held: Held[] = [];

  constructor(slot: Slot, log: SlotLog, life: string, earlyBytes: EarlyBytes, say: Say) {
    this.slot = slot;
    this.log = log;
    this.life = life;
    this.early = new EarlyRequests(earlyBytes);
    this.#say = say;
    log.onCommit = () => this.#release();
  }

  /** Answers when what the answer has seen is committed (D2), and this node still owns the slot then (D4). */
  answer(port: ReplyPort, callId: number, reply: Reply): void {
    const { log } = this;
    if (log.committed < log.last || !log.mayAnswer())
      this.#held.push({ index: log.last, port, callId, reply });
    else this.#say(port, callId, reply);
  }

  /** Another node owns it: what has no answer here gets this one. */
  dismiss(moved: Refusal): void {
    for (const { port, callId } of this.#held.splice(0)) this.#say(port, callId, moved);
    for (const { port, callId } of this.early.dropAll()) this.#say(port, callId, moved);
  }

  #release(): void {
    const { log } = this;
    const held = this.#held;
    if (held.length === 0 || !log.mayAnswer()) return;
    let count = 0;
    while (count < held.length && held[count]!.index <= log.committed) count++;
    for (const { port, callId, reply } of held.splice(0, count)) this.#say(port, callId, reply);
  }
}
