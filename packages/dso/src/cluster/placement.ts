/** Where slots belong, by who the members are: only when these have been the same for a while, for moves cost something. */
import { Ring } from '../ring/ring.ts';
import type { Nodes } from './nodes.ts';
import type { MemberId } from './record.ts';

export class Placement {
  readonly #nodes: Nodes;
  readonly #replicas: number;
  readonly #settleMs: number;
  /** Where those are to whom slots may belong. */
  #owners: readonly string[] = [];
  #ring: Ring | undefined;
  #byAddress: ReadonlyMap<string, MemberId> = new Map();
  #changedAt = 0;
  #isSettled = false;

  /** @param settleMs for how long the members have to have been the same */
  constructor(nodes: Nodes, replicas: number, settleMs: number) {
    this.#nodes = nodes;
    this.#replicas = replicas;
    this.#settleMs = settleMs;
  }

  /** Whether anybody is a member. */
  get isEmpty(): boolean {
    return this.#owners.length === 0;
  }

  /**
   * `undefined`: nobody is a member. Made when it is asked for, which need not be when members change: then all servers and
   * clients have something to do at once.
   */
  get ring(): Ring | undefined {
    if (!this.isEmpty) this.#ring ??= new Ring(this.#owners);
    return this.#ring;
  }

  /** The members are others now, or want to leave, or to stay after all. Gives where all of them are. */
  changed(now: number): readonly string[] {
    this.#changedAt = now;
    this.#isSettled = false;
    this.#byAddress = this.#nodes.byAddress();
    const addresses = [...this.#byAddress.keys()];
    const stay = addresses.filter(
      (address) => this.#nodes.stateOf(this.#byAddress.get(address)!)?.isDraining !== true,
    );
    // When all are about to leave there is nobody to whom slots could go.
    this.#owners = stay.length === 0 ? addresses : stay;
    this.#ring = undefined;
    return addresses;
  }

  /** Whether they have just been the same for long enough. */
  settles(now: number): boolean {
    if (this.#isSettled || now - this.#changedAt < this.#settleMs) return false;
    this.#isSettled = true;
    return true;
  }

  /** Who is to have a slot, the primary first; nobody is known to before the members have settled. */
  of(slot: number): MemberId[] {
    const ids: MemberId[] = [];
    if (!this.#isSettled) return ids;
    for (const address of this.ring?.ownersOf(slot, this.#replicas) ?? [])
      ids.push(this.#byAddress.get(address)!);
    return ids;
  }
}
