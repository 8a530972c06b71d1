/** A lease in an entry with the random name of its holder, which the server removes when the time is over. */
import { randomBytes } from 'node:crypto';
import { heldLease } from '../../cluster-lease.ts';
import type { Lease } from '../../tier.ts';
import type { HotRodCells } from './cells.ts';

/** @returns undefined while another has it */
export async function acquireLease(
  cells: HotRodCells,
  name: string,
  leaseMs: number,
): Promise<Lease | undefined> {
  const life = { lifespan: `${Math.ceil(leaseMs)}ms` };
  const holder = randomBytes(9).toString('base64url');
  if (!(await cells.make(name, holder, life))) return undefined;
  return heldLease({
    leaseMs,
    renew: () => cells.swap(name, holder, holder, life),
    free: () => cells.remove(name, holder),
  });
}
