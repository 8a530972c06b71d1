/** The section `prices` of a cache's options: what time and memory cost. Only their ratios matter, so any currency will do. */
import { number, type Schema } from '@skein/config';

export interface Prices {
  /** An hour of who waits for a value: of a worker, or of what its user's time is worth. @default 0.04, a processor in a cloud */
  readonly workerHour?: number | undefined;
  /** A GiB of a machine's memory for an hour. @default 0: what the tier may have is paid for, whether it is used or not */
  readonly nodeGiBHour?: number | undefined;
  /** A GiB of a cluster tier for an hour, where it is billed by use (some 0.1 where servers are managed). @default 0 */
  readonly clusterGiBHour?: number | undefined;
}

export const pricesSchema: Schema & Record<keyof Prices, ReturnType<typeof number>> = {
  workerHour: number({ min: Number.MIN_VALUE }),
  nodeGiBHour: number({ min: 0 }),
  clusterGiBHour: number({ min: 0 }),
};

/** In units of the time that is waited: how many milliseconds of a worker a byte costs for a second. */
export interface Rents {
  readonly machine: number;
  readonly cluster: number;
}

const MS_PER_HOUR = 3_600_000;
const BYTE_SECONDS_PER_GIB_HOUR = 2 ** 30 * 3_600;

export function rentsOf(prices: Prices = {}): Rents {
  const { workerHour = 0.04, nodeGiBHour = 0, clusterGiBHour = 0 } = prices;
  const perMs = workerHour / MS_PER_HOUR;
  const rent = (perGiBHour: number): number => perGiBHour / BYTE_SECONDS_PER_GIB_HOUR / perMs;
  return { machine: rent(nodeGiBHour), cluster: rent(clusterGiBHour) };
}
