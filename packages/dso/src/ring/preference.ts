/** How much each member wants each slot: what makes the ring consistent, before anything is balanced. */
import { hash32, mix32 } from './hash.ts';

/**
 * A member's cost of taking each slot, whole numbers below 2^25: the least of a slot's members is its first choice. It depends on
 * the address alone, so that a member that comes or goes changes nobody else's costs (rendezvous hashing: Thaler and
 * Ravishankar, 1998).
 *
 * Costs are the places of a random permutation, not independent draws: every member has just as many cheap slots as any other.
 * That halves the variance of how many it wins, and so what is left to be balanced.
 *
 * @param slots - at most 4,096
 */
export function costsOf(address: string, slots: number): Int32Array {
  // Two hashes are 64 bits: with one, two addresses in four thousand million would want the same slots. The draws are SplitMix's
  // (Steele, Lea and Flood, 2014) in 32 bits, each address with a step of its own. Whole numbers that fit 31 bits all along:
  // where nothing is compiled yet, as in a function's first call, others would take twice as long.
  let state = hash32(address, 0x736b6569) | 0;
  const step = hash32(address, 0x6e72696e) | 1;
  const costs = new Int32Array(slots);
  for (let place = 0; place < slots; place++) {
    state = (state + step) | 0;
    const draw = mix32(state);
    // A shuffle that needs no list to begin with: the place goes to one of the slots so far, whose cost goes to the new one.
    const slot = ((draw >>> 13) * (place + 1)) >>> 19;
    costs[place] = costs[slot]!;
    // Below the place, the bits that are left: two members that want a slot equally would otherwise be told apart by their names'
    // order, always in favour of the same one.
    costs[slot] = (place << 13) | (draw & 0x1fff);
  }
  return costs;
}
