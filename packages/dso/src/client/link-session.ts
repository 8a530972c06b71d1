import { randomUUID } from 'node:crypto';

/** Answers that may be known here and not acknowledged, because an earlier one is still awaited. */
const ACKNOWLEDGE_APART = 256;

/** The numbers of a session's operations in one slot. */
class Sequence {
  /** The last that was given. */
  last = 0;
  /** All up to here have been answered. */
  acked = 0;
  /** Answered beyond that. */
  readonly answered = new Set<number>();
  /** Of these, how many the node has been told. */
  told = 0;
}

/** A session at one node: of the process, or of one call that runs in it. */
export class LinkSession {
  readonly id: string = randomUUID();
  readonly alias: number;
  readonly parent: LinkSession | undefined;
  /** The node has been told of it. */
  begun = false;
  /** The node has answered in it. Until then its beginning may have been lost on the way, and it may begin once more. */
  known = false;
  /** It ended; the next operation needs another. */
  over = false;
  /** It has asked for something, such as a lock, and may hold it. */
  holds = false;
  /** Signs of life for it come from another thread. */
  kept = false;
  readonly #sequences = new Map<number, Sequence>();

  constructor(alias: number, parent: LinkSession | undefined) {
    this.alias = alias;
    this.parent = parent;
  }

  /** The number of the next operation in a slot. */
  next(slot: number): number {
    return ++this.#of(slot).last;
  }

  acked(slot: number): number {
    return this.#of(slot).acked;
  }

  /**
   * An operation has been answered. Gives those that the node should be told of by themselves, which is when many have
   * been answered while an earlier one waits.
   */
  answered(slot: number, sequence: number): readonly number[] | undefined {
    const known = this.#of(slot);
    if (sequence === known.acked + 1) {
      known.acked++;
      if (known.answered.size > 0) {
        while (known.answered.delete(known.acked + 1)) known.acked++;
        if (known.answered.size === 0) known.told = 0;
      }
      return undefined;
    }
    known.answered.add(sequence);
    if (known.answered.size - known.told < ACKNOWLEDGE_APART) return undefined;
    known.told = known.answered.size;
    return [...known.answered].slice(-ACKNOWLEDGE_APART);
  }

  #of(slot: number): Sequence {
    let sequence = this.#sequences.get(slot);
    if (sequence === undefined) {
      sequence = new Sequence();
      this.#sequences.set(slot, sequence);
    }
    return sequence;
  }
}
