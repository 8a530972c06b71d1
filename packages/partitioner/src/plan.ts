import { inspect } from 'node:util';
import { idOf } from './data-object.ts';
import type { DataPartition } from './data-partition.ts';
import type { CutObject } from './partition.ts';
import { type DescribeOptions, describePlan } from './plan/describe.ts';

/** All partitions of a job, to be looked at before anything runs, and to be its inputs. */
export class Plan implements Iterable<DataPartition> {
  /** What was cut, in order. */
  readonly objects: readonly CutObject[];
  readonly partitions: readonly DataPartition[];

  /** Plans are made by {@link objects}. */
  constructor(objects: readonly CutObject[]) {
    this.objects = objects;
    this.partitions = objects.flatMap(({ partitions }) => partitions);
  }

  get length(): number {
    return this.partitions.length;
  }

  /** Bytes of all objects whose size is known. */
  get bytes(): number {
    return this.objects.reduce((sum, { object }) => sum + (object.size ?? 0), 0);
  }

  /** For one reducer an object. */
  objectOf(partition: DataPartition): string {
    return idOf(partition.object);
  }

  /** A table of the objects and a picture of how large their parts are. */
  describe(options: DescribeOptions = {}): string {
    return describePlan(this.objects, options);
  }

  toString(): string {
    return this.describe();
  }

  [Symbol.iterator](): Iterator<DataPartition> {
    return this.partitions[Symbol.iterator]();
  }

  static {
    // Not written as a method: declarations made file by file cannot name `inspect.custom`.
    Object.defineProperty(Plan.prototype, inspect.custom, {
      value(this: Plan): string {
        return this.describe();
      },
    });
  }
}
