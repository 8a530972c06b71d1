/**
 * How far a member is that a primary keeps level: it gets the log from where it is, or a snapshot first. What is not
 * acknowledged in time is sent again.
 */
import type { Ack, Append, Chunk } from './messages.ts';
import type { MemberId } from './record.ts';

/** Of a piece of a snapshot, bytes: it fits a frame with what is around it. */
const CHUNK = 120 * 1024;
/** Bytes of a snapshot that are on their way. */
const CHUNKS_AHEAD = 4 * CHUNK;
/** Entries of one message, where its member says nothing else, and their bytes. */
export const MAX_ENTRIES = 1000;
const MAX_BYTES = 96 * 1024;

/** What the stream reads of the log. */
export interface Source {
  readonly number: number;
  readonly epoch: number;
  readonly last: number;
  readonly committed: number;
  /** Of one message. */
  readonly maxEntries: number;
  /** An entry that is still needed. */
  entry(index: number): Uint8Array;
}

export class Stream {
  readonly member: MemberId;
  readonly number: number;
  /** Nothing of this epoch has been acknowledged: it may still hold what an earlier primary has sent. */
  begins: boolean;
  /** All up to here is logged there. */
  acked: number;
  /** All up to here is on its way. */
  sent: number;
  /** It is told that all up to here is committed, and was told so last at a time; that may have been lost. */
  told = 0;
  toldAt = 0;
  /** All up to here is applied there. */
  applied = 0;
  /** What it begins with, while it has not got all of it. */
  snapshot: { readonly bytes: Uint8Array; acked: number; sent: number } | undefined;
  /** With which entry it began: not to be trusted before that is committed. */
  readonly start: number;
  /** When something was acknowledged, or sent again. */
  movedAt: number;
  /** It has nothing that it could go on from. */
  isBroken = false;
  #hasBegun = false;
  /** Entries that have come there, of those with which it begins. */
  #brought = 0;

  /** @param snapshot of all up to `from`; without it the member has logged that */
  constructor(member: MemberId, number: number, from: number, snapshot: Uint8Array | undefined, now: number) {
    this.member = member;
    this.number = number;
    this.begins = snapshot === undefined;
    this.start = from;
    this.acked = from;
    this.sent = from;
    this.snapshot = snapshot && { bytes: snapshot, acked: 0, sent: 0 };
    this.movedAt = now;
  }

  get isLearner(): boolean {
    return this.number > 0;
  }

  /** Whether it owes an acknowledgement. */
  get owes(): boolean {
    return this.begins || this.snapshot !== undefined || this.acked < this.sent;
  }

  /** What is to be sent now. */
  *next(source: Source): Iterable<Append | Chunk> {
    const { number: slot, epoch } = source;
    const place = { slot, epoch, stream: this.number };
    const { snapshot } = this;
    if (snapshot !== undefined) {
      const { bytes } = snapshot;
      const total = bytes.length;
      while (snapshot.sent < total && snapshot.sent - snapshot.acked < CHUNKS_AHEAD) {
        const offset = snapshot.sent;
        const piece = bytes.subarray(offset, offset + CHUNK);
        snapshot.sent += piece.length;
        yield { kind: 'chunk', ...place, index: this.start, total, offset, bytes: piece };
      }
      return;
    }
    while (this.sent < source.last || (this.begins && !this.#hasBegun)) {
      this.#hasBegun = true;
      const from = this.sent + 1;
      const entries: Uint8Array[] = [];
      let bytes = 0;
      while (this.sent < source.last && entries.length < source.maxEntries) {
        const entry = source.entry(this.sent + 1);
        // A large one goes by itself: with others a message might be longer than its receiver takes.
        if (bytes > 0 && bytes + entry.length > MAX_BYTES) break;
        this.sent++;
        bytes += entry.length;
        entries.push(entry);
      }
      yield this.#append(place, from, entries, source);
    }
  }

  /** That more is committed, where nothing else is to be said. */
  tell(source: Source, now: number): Append {
    this.toldAt = now;
    const place = { slot: source.number, epoch: source.epoch, stream: this.number };
    return this.#append(place, this.sent + 1, [], source);
  }

  acknowledge({ last, applied, received, isReady }: Ack, now: number): void {
    this.isBroken = last < 0;
    if (this.isBroken) return;
    this.applied = Math.max(this.applied, applied);
    const { snapshot } = this;
    if (snapshot !== undefined && !isReady) {
      if (received > snapshot.acked) this.movedAt = now;
      snapshot.acked = Math.max(snapshot.acked, received);
      snapshot.sent = Math.max(snapshot.sent, snapshot.acked);
      return;
    }
    this.snapshot = undefined;
    this.begins = false;
    if (received > this.#brought) {
      this.#brought = received;
      this.movedAt = now;
    }
    if (last > this.acked) {
      this.acked = last;
      this.sent = Math.max(this.sent, last);
      this.movedAt = now;
    }
  }

  /** All that is not acknowledged is sent once more. */
  again(now: number): void {
    this.sent = this.acked;
    this.#hasBegun = false;
    // From its beginning: a member that has come back under its old name has lost what it had got of it. Else it says so.
    if (this.snapshot !== undefined) {
      this.snapshot.acked = 0;
      this.snapshot.sent = 0;
    }
    this.movedAt = now;
  }

  #append(
    place: Pick<Append, 'slot' | 'epoch' | 'stream'>,
    from: number,
    entries: readonly Uint8Array[],
    { last, committed: commit }: Source,
  ): Append {
    this.told = commit;
    return { kind: 'append', ...place, begins: this.begins ? last : -1, from, entries, commit };
  }
}
