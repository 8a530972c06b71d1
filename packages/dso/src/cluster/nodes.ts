/** Who is a member now, and since when those are gone that were. */
import { addressOf, type MemberId } from './record.ts';

export class Nodes {
  readonly #alive = new Map<MemberId, number>();
  readonly #goneSince = new Map<MemberId, number>();
  /** When this member began to look, and who was gone then has been gone for at least so long. */
  readonly #since: number;

  constructor(now: number) {
    this.#since = now;
  }

  get ids(): Iterable<MemberId> {
    return this.#alive.keys();
  }

  isAlive(id: MemberId): boolean {
    return this.#alive.has(id);
  }

  /** Gives whether that is news. */
  set(id: MemberId, revision: number): boolean {
    const isNew = !this.#alive.has(id);
    this.#alive.set(id, revision);
    this.#goneSince.delete(id);
    return isNew;
  }

  delete(id: MemberId, now: number): boolean {
    if (!this.#alive.delete(id)) return false;
    this.#goneSince.set(id, now);
    return true;
  }

  /** By address: of two with the same one the later, for the other cannot be there any more. */
  byAddress(): ReadonlyMap<string, MemberId> {
    const found = new Map<string, MemberId>();
    for (const [id, revision] of this.#alive) {
      const other = found.get(addressOf(id));
      if (other === undefined || this.#alive.get(other)! < revision) found.set(addressOf(id), id);
    }
    return found;
  }

  /** Whether nobody need wait for one that is gone: it has been so for long, or another is where it was. */
  isGoneForGood(id: MemberId, now: number, afterMs: number): boolean {
    if (this.#alive.has(id)) return false;
    for (const other of this.#alive.keys()) if (addressOf(other) === addressOf(id)) return true;
    return now - (this.#goneSince.get(id) ?? this.#since) >= afterMs;
  }
}
