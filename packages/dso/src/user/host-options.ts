import { availableParallelism } from 'node:os';

/** Options of a {@link UserHost}. */
export interface UserHostOptions {
  /** How many tasks run at a time, each in a thread. @default the number of cores, at least 2 */
  readonly threads?: number;
  /** How long a task may run, milliseconds; loading its code for the first time does not count. @default 30000 */
  readonly timeLimitMs?: number;
  /** How large a state or a result may be, bytes. @default 64 MiB */
  readonly maxStateBytes?: number;
  /** What the heap of one thread may hold, MiB; memory of buffers and typed arrays lies outside of it. @default 512 */
  readonly memoryMb?: number;
  /** How much code is kept, bytes; what was used longest ago is dropped first. @default 64 MiB */
  readonly maxCodeBytes?: number;
}

export interface ResolvedHostOptions {
  readonly threads: number;
  readonly timeLimitMs: number;
  readonly maxStateBytes: number;
  readonly memoryMb: number;
  readonly maxCodeBytes: number;
}

const MIB = 2 ** 20;
/** What a timer can count. */
const LONGEST_MS = 2 ** 31 - 1;

export function resolveHostOptions(options: UserHostOptions = {}): ResolvedHostOptions {
  const number = (
    name: keyof UserHostOptions,
    otherwise: number,
    { least = 1, most = Number.MAX_SAFE_INTEGER, whole = true } = {},
  ): number => {
    const value = options[name] ?? otherwise;
    if (
      typeof value !== 'number' ||
      !(value >= least && value <= most) ||
      (whole && !Number.isInteger(value))
    )
      throw new TypeError(
        `UserHost: ${name} is a ${whole ? 'whole ' : ''}number from ${least} to ${most}; got ${String(value)}`,
      );
    return value;
  };
  return {
    threads: number('threads', Math.max(2, availableParallelism())),
    timeLimitMs: number('timeLimitMs', 30_000, { most: LONGEST_MS, whole: false }),
    maxStateBytes: number('maxStateBytes', 64 * MIB),
    memoryMb: number('memoryMb', 512, { least: 16 }),
    maxCodeBytes: number('maxCodeBytes', 64 * MIB),
  };
}
