/** When a cluster of shared objects is as it is to be: tests and benchmarks begin then. */
import { setTimeout as delay } from 'node:timers/promises';

/** The slots that one server answers for, has copies of, and is getting copies of: as each member tells it of all. */
export interface Share {
  readonly primary: number;
  readonly backup: number;
  readonly learner: number;
}

export interface ClusterShape {
  readonly servers: number;
  /** Servers that hold each slot. */
  readonly replicas: number;
}

const SLOTS = 4096;
/** Of an even share, what every server has at least: docs/ring.md, and a slot or two that are cut off by rounding. */
const LEAST = 0.89;
const LOOK_MS = 150;

/**
 * Waits until every slot has its copies, none is on its way, and every server has its share.
 *
 * @param look tells what each server has; what fails while servers come and go is asked again
 * @throws {Error} with what there is, when that is not so after `timeoutMs`
 */
export async function settled(
  look: () => Promise<readonly Share[]>,
  shape: ClusterShape,
  timeoutMs: number,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const found = await look().catch((error: unknown) => error);
    if (Array.isArray(found) && isSettled(found, shape)) return;
    if (performance.now() > end) {
      const text = found instanceof Error ? found.message : JSON.stringify(found);
      throw new Error(`the cluster has not settled within ${timeoutMs} ms: ${text}`, { cause: found });
    }
    await delay(LOOK_MS);
  }
}

/** A server that has nothing, such as one that was drained, counts for none. */
function isSettled(shares: readonly Share[], { servers, replicas }: ClusterShape): boolean {
  const sum = (part: keyof Share): number => shares.reduce((total, share) => total + share[part], 0);
  const holders = shares.filter(({ primary }) => primary > (LEAST * SLOTS) / servers);
  return (
    sum('primary') === SLOTS &&
    sum('backup') === SLOTS * (replicas - 1) &&
    sum('learner') === 0 &&
    holders.length === servers
  );
}
