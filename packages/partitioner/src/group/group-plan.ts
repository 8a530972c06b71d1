import { inspect } from 'node:util';
import type { DataPartition } from '../data-partition.ts';
import type { CutObject } from '../partition.ts';
import { type DescribeOptions, describePlan } from '../plan/describe.ts';
import { Coalescer, type Coalescing } from './coalescer.ts';
import { PartitionGroup } from './partition-group.ts';

/** All groups of a job, to be looked at before anything runs, and to be its inputs. */
export class GroupPlan implements Iterable<PartitionGroup> {
  /** What was cut, in order. */
  readonly objects: readonly CutObject[];
  readonly groups: readonly PartitionGroup[];

  /** Plans are made by `objects(…).coalesce()`. */
  constructor(objects: readonly CutObject[], groups: readonly PartitionGroup[]) {
    this.objects = objects;
    this.groups = groups;
  }

  get length(): number {
    return this.groups.length;
  }

  /**
   * A table of the objects and a picture of how large the groups are.
   *
   * @param options see {@link Plan.describe}
   */
  describe(options: DescribeOptions = {}): string {
    return describePlan(this.objects, options, this.groups);
  }

  toString(): string {
    return this.describe();
  }

  [Symbol.iterator](): Iterator<PartitionGroup> {
    return this.groups[Symbol.iterator]();
  }

  static {
    // Not written as a method: declarations made file by file cannot name `inspect.custom`.
    Object.defineProperty(GroupPlan.prototype, inspect.custom, {
      value(this: GroupPlan): string {
        return this.describe();
      },
    });
  }
}

/** The groups of parts, in their order. */
export function groupsOf(parts: Iterable<DataPartition>, terms: Coalescing): PartitionGroup[] {
  const coalescer = new Coalescer<DataPartition>(terms);
  const groups: PartitionGroup[] = [];
  const take = (group: readonly DataPartition[] | undefined): void => {
    if (group !== undefined) groups.push(new PartitionGroup(group));
  };
  for (const part of parts) take(coalescer.add(part));
  take(coalescer.end());
  return groups;
}
