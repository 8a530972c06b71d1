import { randomBytes } from 'node:crypto';
import type { Storage } from '@skein/storage';
import { currentCall } from '../call-context.ts';
import { type Combine, combined } from '../shuffle/combine.ts';
import { partitionPairs } from '../shuffle/partition-pairs.ts';
import { type PartitionInput, reduceGroups } from '../shuffle/reduce-groups.ts';
import { RunStore } from '../shuffle/run-store.ts';
import type { Role, ShuffleTerms } from '../wire/role.ts';

type Callable = (...args: unknown[]) => unknown;

export interface RoleOptions {
  readonly role: Role;
  readonly storage: Storage;
  readonly bucket: string;
  /** Of a shuffle. */
  readonly combine: Combine | undefined;
}

/** What the calls of a job run whose function has a role: see {@link Role}. */
export function inRole(fn: Callable, { role, combine, storage, bucket }: RoleOptions): Callable {
  const options = ({
    runs,
    memory,
  }: ShuffleTerms): { store: RunStore; memory: number; combine: Combine | undefined } => {
    const { jobId, callId, attempt } = currentCall();
    const prefix = `${jobId}.${callId}.${attempt}.${randomBytes(4).toString('hex')}`;
    return { store: new RunStore({ storage, bucket, folder: runs, prefix }), memory, combine };
  };
  switch (role.kind) {
    case 'fold':
      return (list) => (list as unknown[]).reduce((a, b) => combined(fn, a, b));
    case 'partition':
      return (...args) => {
        const partition = { ...options(role), partitions: role.partitions };
        return partitionPairs(fn(...args), partition);
      };
    case 'merge':
      return (inputs, ...others) => reduceGroups(fn, inputs as PartitionInput, others, options(role));
    default:
      return assertNever(role);
  }
}

function assertNever(role: never): never {
  throw new Error(`this agent does not know the role ${JSON.stringify(role)}`);
}
