import { randomUUID } from 'node:crypto';

/** Answers that may be known here and not acknowledged, because an earlier one is still awaited. */
const ACKNOWLEDGE_APART = 256;

/** The numbers of a session's operations in one slot. */
class Sequence {
  /** The last that was given. */
  last = 0;
  /** All up to here have been answered. */
  acked = 0;
  /** Of these, the node has been told of all up to here, or they are in `untold`. */
  told = 0;
  /** Answered beyond `acked`. */
  readonly answered = new Set<number>();
  /** Answered, and the node has to be told of them one by one. */
  untold: number[] = [];
}

/** A session: of the process, or of one call that runs in it. */
export class LinkSession {
  readonly id: string = randomUUID();
  readonly alias: number;
  readonly parent: LinkSession | undefined;
  /** It ended; the next operation needs another. */
  over = false;
  /** It has asked for something, such as a lock, and may hold it. */
  holds = false;
  /** Signs of life for it come from another thread. */
  kept = false;
  /** There have been answers since the node was told of all. */
  #isBehind = false;
  readonly #sequences = new Map<number, Sequence>();

  constructor(alias: number, parent: LinkSession | undefined) {
    this.alias = alias;
    this.parent = parent;
  }

  /** Whether it is this session, or that of a call within it. */
  isPartOf(whole: LinkSession): boolean {
    return this === whole || this.parent === whole;
  }

  /** The number of the next operation in a slot. */
  next(slot: number): number {
    return ++this.#of(slot).last;
  }

  /** All up to here have been answered, which the node is told now. */
  acked(slot: number): number {
    const known = this.#of(slot);
    known.told = known.acked;
    if (known.answered.size === 0 && known.untold.length > 0) known.untold = [];
    return known.acked;
  }

  /**
   * An operation has been answered. Gives those that the node should be told of by themselves: what is large, and many
   * that have been answered while an earlier one waits.
   */
  answered(slot: number, sequence: number, isLarge: boolean): readonly number[] | undefined {
    this.#isBehind = true;
    const known = this.#of(slot);
    if (sequence === known.acked + 1) {
      if (known.answered.size === 0) known.acked = sequence;
      else closeGap(known, sequence);
      return isLarge ? [sequence] : undefined;
    }
    known.answered.add(sequence);
    if (isLarge) return [sequence];
    known.untold.push(sequence);
    if (known.untold.length < ACKNOWLEDGE_APART) return undefined;
    const apart = known.untold;
    known.untold = [];
    return apart;
  }

  /** What the node has not been told yet, by slot. It counts as told then. */
  *takeUntold(): Iterable<readonly [slot: number, sequences: readonly number[]]> {
    if (!this.#isBehind) return;
    this.#isBehind = false;
    for (const [slot, known] of this.#sequences) {
      for (let one = known.told + 1; one <= known.acked; one++) known.untold.push(one);
      known.told = known.acked;
      for (let at = 0; at < known.untold.length; at += ACKNOWLEDGE_APART)
        yield [slot, known.untold.slice(at, at + ACKNOWLEDGE_APART)];
      known.untold = [];
    }
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

/** The answer has come that held up those after it. */
function closeGap(known: Sequence, sequence: number): void {
  for (let one = known.told + 1; one <= sequence; one++) known.untold.push(one);
  known.acked = sequence;
  while (known.answered.delete(known.acked + 1)) known.acked++;
  known.told = known.acked;
}
