import { type EarlyBytes, EarlyRequests } from './early-requests.ts';
import type { SlotLog } from './log.ts';
import type { ReplyPort } from './reply-port.ts';
import type { Slot } from './slot.ts';
import type { Reply } from './step.ts';

/** Gives an answer to its port. */
export type Say = (port: ReplyPort, callId: number, reply: Reply) => void;

/** A slot whose owner this node is: its state, its log, and what waits outside of both. */
export class OwnedSlot {
  readonly slot: Slot;
  readonly log: SlotLog;
  readonly early: EarlyRequests;
  readonly #say: Say;
  /** Answers that wait for the commit of what they have seen. */
  readonly #held: {
    readonly index: number;
    readonly port: ReplyPort;
    readonly callId: number;
    readonly reply: Reply;
  }[] = [];

  constructor(slot: Slot, log: SlotLog, earlyBytes: EarlyBytes, say: Say) {
    this.slot = slot;
    this.log = log;
    this.early = new EarlyRequests(earlyBytes);
    this.#say = say;
    log.onCommit = () => this.#release();
  }

  /** Answers when what the answer has seen is committed (D2), and this node still owns the slot then (D4). */
  answer(port: ReplyPort, callId: number, reply: Reply): void {
    const { log } = this;
    if (log.committed < log.last) this.#held.push({ index: log.last, port, callId, reply });
    else if (log.mayAnswer()) this.#say(port, callId, reply);
  }

  #release(): void {
    const { log } = this;
    const held = this.#held;
    let count = 0;
    while (count < held.length && held[count]!.index <= log.committed) count++;
    for (const { port, callId, reply } of held.splice(0, count)) {
      if (log.mayAnswer()) this.#say(port, callId, reply);
    }
  }
}
