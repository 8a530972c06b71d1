/**
 * What is done when a storage does not answer: a network that is gone for a moment, a mount that comes back, a store
 * that is busy. Such a moment is to lose no call. What cannot pass by waiting, such as a full disk, is told at once.
 */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Patience {
  /** How long a storage may be away. @default 10_000 */
  readonly totalMs?: number;
  /** Asked before each attempt but the first: whether anybody still wants it. */
  readonly wanted?: () => boolean;
  readonly now?: () => number;
  readonly random?: () => number;
  readonly pause?: (ms: number) => Promise<unknown>;
}

const TOTAL_MS = 10_000;
const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 1_000;

/** Tries again, at growing and random intervals, while the storage's answer is that it is away. */
export async function patiently<T>(attempt: () => Promise<T>, patience: Patience = {}): Promise<T> {
  const {
    totalMs = TOTAL_MS,
    wanted = () => true,
    now = Date.now,
    random = Math.random,
    pause = sleep,
  } = patience;
  const end = now() + totalMs;
  for (let longest = FIRST_PAUSE_MS; ; longest = Math.min(longest * 2, LONGEST_PAUSE_MS)) {
    try {
      return await attempt();
    } catch (error) {
      if (!passes(error) || now() >= end) throw error;
      // Many wait for the same storage: they are not to come back to it together.
      await pause(longest * (0.5 + random() / 2));
      if (!wanted()) throw error;
    }
  }
}

const PASSING: ReadonlySet<unknown> = new Set([
  'busy',
  'io',
  // Of a bucket that the executor has made: what holds it is away.
  'no-such-bucket',
]);
const LASTING: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** The failure says that the storage is away, rather than what is wrong with the request. */
export function passes(error: unknown): boolean {
  if (!PASSING.has(codeOf(error))) return false;
  return !LASTING.has(codeOf((error as { cause?: unknown }).cause));
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
