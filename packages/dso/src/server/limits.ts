import type { Limits } from '../engine/limits.ts';

export interface NodeLimits extends Limits {
  /** Of one message. */
  readonly maxMessageBytes: number;
}

const MIB = 2 ** 20;

export const DEFAULT_LIMITS: NodeLimits = {
  maxMessageBytes: 256 * MIB,
  maxObjectBytes: 256 * MIB,
  maxMemoryBytes: 2048 * MIB,
};
