/**
 * Who owns which slot: of all assignments in which every member has its even share, give or take the slack, the one whose slots
 * are owned at the least cost in all. That is a property of the set of members, so every node and client computes the same,
 * without history, and it changes little when the set does.
 *
 * What else was measured (docs/ring.md has the figures): plain rings and rendezvous hashing move little, and a member of 32 is off
 * by a quarter and more; capacities (Mirrokni, Thorup and Zadimoghaddam, "Consistent Hashing with Bounded Loads", 2016) hold the
 * top and not the bottom; Maglev's turns are even to one slot and move more than twice what they must.
 *
 * The assignment is a minimum-cost flow (Ahuja, Magnanti and Orlin, "Network Flows", 1993, chapter 9: successive shortest paths):
 * start where every slot has its first choice, then move slots along the cheapest chains of members, from whoever has too many
 * and then to whoever has too few.
 */
import { costsOf } from './preference.ts';

/** A member may be this part of an even share off, or one slot where that is more. */
export const SLACK = 0.1;

/** More than any chain of moves costs: one step is always a chain, and costs less than 2^25. */
const NONE = 2 ** 31 - 1;

/** An assignment: `owner[slot]` is an index into the addresses it was made of; `costs[member][slot]` is what it was made by. */
export interface Assignment {
  readonly owner: Int32Array;
  readonly costs: readonly Int32Array[];
}

/**
 * Assigns `slots` slots, at most 4,096.
 *
 * @param addresses - distinct and in an order that depends on nothing but themselves: it breaks ties
 */
export function assign(addresses: readonly string[], slots: number): Assignment {
  const costs = addresses.map((address) => costsOf(address, slots));
  const owner = firstChoices(costs, slots);
  const held: number[][] = costs.map(() => []);
  for (let slot = 0; slot < slots; slot++) held[owner[slot]!]!.push(slot);

  const even = slots / costs.length;
  const slack = Math.max(even * SLACK, 1);
  const least = Math.max(Math.ceil(even - slack), 0);
  const most = Math.floor(even + slack);
  const chains = new Chains(costs, owner, held);
  held.forEach((slots, member) => {
    while (slots.length > most) chains.hand(member, 1, (count) => count < most);
  });
  held.forEach((slots, member) => {
    while (slots.length < least) chains.hand(member, -1, (count) => count > least);
  });
  return { owner, costs };
}

function firstChoices(costs: readonly Int32Array[], slots: number): Int32Array {
  const first = new Int32Array(slots);
  const least = costs[0]!.slice();
  for (let member = 1; member < costs.length; member++) {
    const own = costs[member]!;
    for (let slot = 0; slot < slots; slot++) {
      const cost = own[slot]!;
      if (cost >= least[slot]!) continue;
      least[slot] = cost;
      first[slot] = member;
    }
  }
  return first;
}

/** Moves slots in `owner`, and in `held`, which has them by member. */
class Chains {
  readonly #costs: readonly Int32Array[];
  readonly #owner: Int32Array;
  readonly #held: readonly number[][];
  /** By `from * members + to`: the slot that is cheapest to hand over, -1 where that is not known, and what it costs. */
  readonly #slot: Int32Array;
  readonly #price: Int32Array;
  /**
   * By member. A step's price, plus the potential of who gives, less that of who takes, is never below zero, though the price
   * can be, for a slot that goes back to whom it suits better: so that Dijkstra's search finds the cheapest chain.
   */
  readonly #potential: number[];

  constructor(costs: readonly Int32Array[], owner: Int32Array, held: readonly number[][]) {
    const members = costs.length;
    this.#costs = costs;
    this.#owner = owner;
    this.#held = held;
    this.#slot = new Int32Array(members * members).fill(-1);
    this.#price = new Int32Array(members * members);
    this.#potential = costs.map(() => 0);
  }

  /**
   * Moves a slot along each step of the cheapest chain of members.
   *
   * @param start - the member at one end
   * @param way - 1 if it is to give a slot, -1 if it is to take one
   * @param ends - whether the other end may be a member that holds so many
   */
  hand(start: number, way: 1 | -1, ends: (count: number) => boolean): void {
    const potential = this.#potential;
    const distance = potential.map(() => NONE);
    const before = potential.map(() => -1);
    const isDone = potential.map(() => false);
    distance[start] = 0;
    let end = -1;
    let length = NONE;
    for (let near = start; near !== -1; near = nearest(distance, isDone, length)) {
      isDone[near] = true;
      const shortest = distance[near]!;
      const whole = shortest + way * potential[near]!;
      if (whole < length && ends(this.#held[near]!.length)) {
        end = near;
        length = whole;
      }
      if (length === shortest) break;
      for (let next = 0; next < distance.length; next++) {
        if (isDone[next]) continue;
        const price = way === 1 ? this.#priceOf(near, next) : this.#priceOf(next, near);
        const through = shortest + price + way * (potential[near]! - potential[next]!);
        if (through >= distance[next]!) continue;
        distance[next] = through;
        before[next] = near;
      }
    }

    isDone.forEach((done, member) => {
      if (done) potential[member]! += way * (distance[member]! - length);
    });
    for (let member = end; member !== start; member = before[member]!) {
      if (way === 1) this.#move(before[member]!, member);
      else this.#move(member, before[member]!);
    }
  }

  #priceOf(from: number, to: number): number {
    const at = from * this.#costs.length + to;
    if (this.#slot[at] === -1) this.#search(from, to, at);
    return this.#price[at]!;
  }

  #search(from: number, to: number, at: number): void {
    const slots = this.#held[from]!;
    const own = this.#costs[from]!;
    const other = this.#costs[to]!;
    let cheapest = -1;
    let least = NONE;
    for (let place = 0; place < slots.length; place++) {
      const slot = slots[place]!;
      const price = other[slot]! - own[slot]!;
      if (price >= least) continue;
      least = price;
      cheapest = slot;
    }
    this.#slot[at] = cheapest;
    this.#price[at] = least;
  }

  #move(from: number, to: number): void {
    const costs = this.#costs;
    const members = costs.length;
    const moved = this.#slot[from * members + to]!;
    const slots = this.#held[from]!;
    slots[slots.indexOf(moved)] = slots.at(-1)!;
    slots.pop();
    this.#held[to]!.push(moved);
    this.#owner[moved] = to;
    for (let other = 0; other < members; other++) {
      const lost = from * members + other;
      if (this.#slot[lost] === moved) this.#slot[lost] = -1;
      const gained = to * members + other;
      const price = costs[other]![moved]! - costs[to]![moved]!;
      if (this.#slot[gained] === -1 || price >= this.#price[gained]!) continue;
      this.#slot[gained] = moved;
      this.#price[gained] = price;
    }
  }
}

/** Of the members that are not done and nearer than `within`, the nearest, or -1. */
function nearest(distance: readonly number[], isDone: readonly boolean[], within: number): number {
  let near = -1;
  let shortest = within;
  for (let member = 0; member < distance.length; member++) {
    if (isDone[member] || distance[member]! >= shortest) continue;
    near = member;
    shortest = distance[member]!;
  }
  return near;
}
