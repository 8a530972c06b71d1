/** When the other members were heard of last, and which say that they can log nothing. */
import type { MemberId } from './record.ts';

/** Who comes so late to look stood still himself, milliseconds: what others said meanwhile is still to be read. */
const LATE_MS = 300;

export class Hearing {
  readonly #silentMs: number;
  readonly #at = new Map<MemberId, number>();
  readonly #full = new Set<MemberId>();

  /** @param silentMs who was not heard of for so long is silent */
  constructor(silentMs: number) {
    this.#silentMs = silentMs;
  }

  heard(id: MemberId, now: number): void {
    this.#at.set(id, now);
  }

  /** Whose disk is full logs nothing: it is as good as silent. */
  says(id: MemberId, isFull: boolean): void {
    if (isFull) this.#full.add(id);
    else this.#full.delete(id);
  }

  /** It is silent until it is heard of. */
  gone(id: MemberId): void {
    this.#at.delete(id);
  }

  isSilent(id: MemberId, now: number): boolean {
    return this.#full.has(id) || now - (this.#at.get(id) ?? Number.NEGATIVE_INFINITY) > this.#silentMs;
  }

  /** @param lateMs how much later than it wanted to this member looks */
  looks(now: number, lateMs: number): void {
    if (lateMs > LATE_MS) for (const id of this.#at.keys()) this.#at.set(id, now);
  }
}
