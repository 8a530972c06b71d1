/** Who is a member now, and since when those are gone that were. */
import { addressOf, isDurable, type MemberId, type NodeState } from './record.ts';

interface Known {
  /** Since which its key is there. */
  readonly revision: number;
  readonly state: NodeState;
}

export class Nodes {
  readonly #alive = new Map<MemberId, Known>();
  readonly #goneSince = new Map<MemberId, number>();
  /** When this member began to look, and who was gone then has been gone for at least so long. */
  readonly #since: number;

  constructor(now: number) {
    this.#since = now;
  }

  get ids(): Iterable<MemberId> {
    return this.#alive.keys();
  }

  /** `undefined`: it is no member now. */
  stateOf(id: MemberId): NodeState | undefined {
    return this.#alive.get(id)?.state;
  }

  /** Whether there is anybody else who is not about to leave. */
  hasOtherThan(id: MemberId): boolean {
    for (const [other, { state }] of this.#alive) if (other !== id && !state.isDraining) return true;
    return false;
  }

  isAlive(id: MemberId): boolean {
    return this.#alive.has(id);
  }

  /** Gives whether that is news: it has come, or will leave, or will stay after all. */
  set(id: MemberId, state: NodeState, revision: number): boolean {
    const known = this.#alive.get(id);
    // Of when it came: what it says of itself later makes it no later one.
    this.#alive.set(id, { revision: known?.revision ?? revision, state });
    this.#goneSince.delete(id);
    return known?.state.isDraining !== state.isDraining;
  }

  delete(id: MemberId, now: number): boolean {
    if (!this.#alive.delete(id)) return false;
    this.#goneSince.set(id, now);
    return true;
  }

  /** By address: of two with the same one the later, for the other cannot be there any more. */
  byAddress(): ReadonlyMap<string, MemberId> {
    const found = new Map<string, MemberId>();
    for (const [id, { revision }] of this.#alive) {
      const other = found.get(addressOf(id));
      if (other === undefined || this.#alive.get(other)!.revision < revision) found.set(addressOf(id), id);
    }
    return found;
  }

  /** Whether nobody need wait for one that is gone: it has been so for long, or another is where it was. */
  isGoneForGood(id: MemberId, now: number, afterMs: number): boolean {
    if (this.#alive.has(id)) return false;
    for (const other of this.#alive.keys()) if (addressOf(other) === addressOf(id)) return true;
    // It comes back some day, unless another has taken its place.
    if (isDurable(id)) return false;
    return now - (this.#goneSince.get(id) ?? this.#since) >= afterMs;
  }
}
