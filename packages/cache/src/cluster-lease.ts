/** A lease that a server keeps: it expires there unless its holder says that it lives, which it does three times in that time. */
import type { Lease } from './tier.ts';

export interface LeaseKeeper {
  readonly leaseMs: number;
  /** @returns false when it is another's by now */
  renew(): Promise<boolean>;
  /** Gives it up, and tells those who wait. */
  free(): Promise<void>;
}

/** The one that was just acquired from the server. */
export function heldLease({ leaseMs, renew, free }: LeaseKeeper): Lease {
  const beating = setInterval(async () => {
    // A failure is no end yet: the next beat may come in time.
    if (!(await renew().catch(() => true))) clearInterval(beating);
  }, leaseMs / 3);
  beating.unref();
  return {
    async release() {
      clearInterval(beating);
      await free().catch(() => {}); // it expires
    },
  };
}
