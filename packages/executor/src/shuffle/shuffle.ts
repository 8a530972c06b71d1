import type { ResolvedLimits } from '../options.ts';
import { type EncodedPlace, keys } from '../wire/payload.ts';
import type { Role } from '../wire/role.ts';
import type { Combine } from './combine.ts';

/** What the jobs of one shuffle have in common. */
export interface Shuffle {
  readonly partitions: number | undefined;
  /** Bytes. */
  readonly memory: number | undefined;
  readonly combine: Combine | undefined;
  /** Id of the job that takes the groups. It is made after those that give pairs, and asked for when they travel. */
  readonly reader: () => string;
}

/** What a job's function is asked for, as the client says it; agents are told a {@link Role}. */
export type JobRole =
  | { readonly kind: 'fold' }
  | { readonly kind: 'partition'; readonly shuffle: Shuffle }
  /** `inputs`: how many lists of values the function gets. */
  | { readonly kind: 'merge'; readonly shuffle: Shuffle; readonly inputs: number };

/** Where nobody has said what a call may hold. */
const MEMORY = 64 * 1024 * 1024;
/** Of what the process of a call may hold: most of it is V8 and what the user's function needs. */
const SHARE = 1 / 8;
const LEAST_MEMORY = 1024 * 1024;
/** Partitions for each worker: keys are never spread evenly, and whoever is done early takes another one. */
const PARTITIONS = 2;

export interface RoleTerms {
  readonly prefix: string;
  readonly workers: number;
  readonly limits: ResolvedLimits;
  readonly combine: EncodedPlace | undefined;
}

export function describeRole(job: JobRole, { prefix, workers, limits, combine }: RoleTerms): Role {
  if (job.kind === 'fold') return { kind: 'fold' };
  const { shuffle } = job;
  const { runtimeMemory } = limits;
  const share = runtimeMemory === undefined ? MEMORY : Math.floor(runtimeMemory * SHARE);
  const terms = {
    runs: keys.runs(prefix, shuffle.reader()),
    memory: shuffle.memory ?? Math.max(LEAST_MEMORY, share),
    combine,
  };
  return job.kind === 'merge'
    ? { kind: 'merge', ...terms }
    : { kind: 'partition', ...terms, partitions: shuffle.partitions ?? PARTITIONS * workers };
}
