/** Which member owns which slot, and who follows it: what every node and client works out for itself from the list of members. */
import { type Assignment, assign } from './assign.ts';
import { SLOTS } from './hash.ts';
import { RingError } from './ring-error.ts';

/** How evenly a ring's slots are spread, in slots. */
export interface Balance {
  /** 4,096 over the number of members. */
  readonly even: number;
  readonly fewest: number;
  readonly most: number;
  /** How far the member furthest from even is off, as a part of even: 0.1 is 10 %. */
  readonly worst: number;
}

/**
 * The slots of a set of members.
 *
 * - R1: the same set gives the same ring, in whatever order and wherever it is built.
 * - R2: every member has its even share of the slots give or take 10 %, or one slot where that is more.
 * - R3: a member that comes or goes moves little more than its own share; docs/ring.md says how much.
 *
 * Immutable. A ring of one member costs nothing to build, one of 32 takes a millisecond or two, and tens where nothing is compiled
 * yet: it is kept for as long as its members stay the same.
 */
export class Ring {
  /** The members' addresses, sorted by their UTF-16 code units. */
  readonly members: readonly string[];
  /** Not for one member alone: it has everything. */
  readonly #assignment: Assignment | undefined;

  /**
   * @param members - addresses, in any order: only their text counts
   * @throws RingError for no members, more than there are slots, an empty address, or one that is there twice: it would be a node
   *   started twice, and half of what clients send would reach the wrong one.
   */
  constructor(members: Iterable<string>) {
    // Not by locale, which would differ between machines.
    this.members = [...members].sort();
    refuse(this.members);
    this.#assignment = this.members.length === 1 ? undefined : assign(this.members, SLOTS);
  }

  /** @throws RingError `no-such-slot` */
  ownerOf(slot: number): string {
    return this.members[this.#ownerIndex(slot)]!;
  }

  /**
   * The slot's owner and, after it, whom its replicas go to: distinct members, each the next to want the slot. When one of them
   * leaves, the others keep their order, and the first that is left mostly becomes the owner: mostly, as balance comes first.
   *
   * @param count - at least 1; of fewer members all are given
   * @throws RingError `no-such-slot`, `bad-count`
   */
  ownersOf(slot: number, count: number): string[] {
    const owner = this.#ownerIndex(slot);
    if (!Number.isInteger(count) || count < 1) {
      throw new RingError('bad-count', `a slot has a whole number of owners from 1 on, not ${count}`);
    }
    if (this.#assignment === undefined) return [...this.members];
    const { costs } = this.#assignment;
    const owners = [this.members[owner]!];
    // The owner need not be who wants the slot most.
    for (let member = wanting(costs, slot, -1); member !== -1 && owners.length < count; ) {
      if (member !== owner) owners.push(this.members[member]!);
      member = wanting(costs, slot, member);
    }
    return owners;
  }

  /**
   * The slots that a member owns, ascending.
   *
   * @throws RingError `no-such-member`
   */
  slotsOf(member: string): number[] {
    const index = this.members.indexOf(member);
    if (index === -1) {
      throw new RingError('no-such-member', `${member} is no member; these are: ${this.members.join(', ')}`);
    }
    const slots: number[] = [];
    for (let slot = 0; slot < SLOTS; slot++) if (this.#ownerIndex(slot) === index) slots.push(slot);
    return slots;
  }

  balance(): Balance {
    const counts = this.members.map(() => 0);
    for (let slot = 0; slot < SLOTS; slot++) counts[this.#ownerIndex(slot)]! += 1;
    const even = SLOTS / counts.length;
    const fewest = Math.min(...counts);
    const most = Math.max(...counts);
    return { even, fewest, most, worst: Math.max(most - even, even - fewest) / even };
  }

  #ownerIndex(slot: number): number {
    if (!Number.isInteger(slot) || slot < 0 || slot >= SLOTS) {
      throw new RingError('no-such-slot', `slots are whole numbers from 0 to ${SLOTS - 1}, not ${slot}`);
    }
    return this.#assignment?.owner[slot] ?? 0;
  }
}

/**
 * Who wants a slot most after `member`; first of all where that is -1, and -1 after the last. As few are asked for they are not
 * sorted: it is asked of every slot when members change, by a server that has other things to do.
 */
function wanting(costs: Assignment['costs'], slot: number, member: number): number {
  const cost = member === -1 ? -1 : costs[member]![slot]!;
  let next = -1;
  let least = -1;
  for (let other = 0; other < costs.length; other++) {
    const its = costs[other]![slot]!;
    // Of those that want it equally the first comes first.
    if (its < cost || (its === cost && other <= member) || (next !== -1 && its >= least)) continue;
    next = other;
    least = its;
  }
  return next;
}

function refuse(members: readonly string[]): void {
  if (members.length === 0)
    throw new RingError('no-members', 'a ring needs at least one member, and was given none');
  if (members.length > SLOTS) {
    throw new RingError(
      'too-many-members',
      `a ring has ${SLOTS} slots for at most as many members, not ${members.length}`,
    );
  }
  if (members[0] === '')
    throw new RingError('empty-address', 'a member of a ring has an address, and one was given as ""');
  const twice = members.find((address, at) => address === members[at + 1]);
  if (twice !== undefined) throw new RingError('duplicate-member', `${twice} is a member of the ring twice`);
}
