/**
 * A lease in a counter: when it ends by the clocks of those who share it, in milliseconds, and a random number of its holder; 0 is
 * free, and a counter that is free stays. Clocks that differ let a load happen twice, or wait for longer; what is valid is not decided by them.
 */
import { randomInt } from 'node:crypto';
import { heldLease } from '../../cluster-lease.ts';
import type { Lease } from '../../tier.ts';
import type { InfinispanRest } from './rest.ts';

const NONCE_BITS = 22n;

/** @returns undefined while another has it */
export async function acquireLease(
  rest: InfinispanRest,
  name: string,
  leaseMs: number,
): Promise<Lease | undefined> {
  const nonce = BigInt(randomInt(1, 2 ** Number(NONCE_BITS)));
  const until = (): bigint => (BigInt(Math.ceil(Date.now() + leaseMs)) << NONCE_BITS) | nonce;
  const swap = async (from: bigint, to: bigint): Promise<boolean> =>
    // One whose answer was lost is sent again, and finds what it has done.
    (await rest.swapCounter(name, from, to)) || (await rest.counter(name)) === to;
  const seen = await rest.counter(name);
  if (seen === undefined) await rest.makeCounter(name, 0n);
  if (seen !== undefined && Number(seen >> NONCE_BITS) > Date.now()) return undefined;
  let held = until();
  if (!(await swap(seen ?? 0n, held))) return undefined;
  return heldLease({
    leaseMs,
    async renew() {
      const next = until();
      if (!(await swap(held, next))) return false;
      held = next;
      return true;
    },
    async free() {
      await rest.swapCounter(name, held, 0n);
    },
  });
}
