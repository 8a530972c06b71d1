import { idOf } from './data-object.ts';
import type { DataPartition } from './data-partition.ts';
import type { Inputs } from './discovery/input.ts';
import { type CoalesceOptions, resolveCoalesce } from './group/coalescer.ts';
import { GroupSource } from './group/group-source.ts';
import type { PartitionOptions } from './options.ts';
import { type CutObject, Cutter, partitionsOf } from './partition.ts';
import { Plan } from './plan.ts';

/**
 * The partitions of what inputs name, as inputs of `executor.map` and `mapReduce`. Discovery and cutting run beside the job:
 * the first calls start while a listing still goes on.
 *
 * @throws {PartitionError} `bad-argument` at once
 */
export function objects(inputs: Inputs, options: PartitionOptions = {}): ObjectSource {
  return new ObjectSource(new Cutter(inputs, options));
}

/** An executor's `CallSource` of partitions. */
export class ObjectSource implements AsyncIterable<DataPartition> {
  /** How many there are: known when there is a plan. */
  length?: number;
  readonly #cutter: Cutter;
  #plan: Plan | undefined;
  #planning: Promise<Plan> | undefined;

  /** Made by {@link objects}. */
  constructor(cutter: Cutter) {
    this.#cutter = cutter;
  }

  /** For one reducer an object: `reducerOnePerObject: true`. */
  objectOf(partition: DataPartition): string {
    return idOf(partition.object);
  }

  /**
   * The same with several small parts to a call, in groups: a hundred thousand objects of a hundred bytes need not be as many
   * calls. Neighbours share a group as long as they fit. First calls start here too while a listing still goes on.
   *
   * @throws {PartitionError} `bad-argument`
   */
  coalesce(options: CoalesceOptions = {}): GroupSource {
    return new GroupSource(this, resolveCoalesce(options, this.#cutter.bytes));
  }

  /** Finds and cuts everything before anything runs. From then on this plan is what the source gives. */
  plan(): Promise<Plan> {
    this.#planning ??= this.#make();
    // What failed may be there at the next attempt.
    this.#planning.catch(() => {
      this.#planning = undefined;
    });
    return this.#planning;
  }

  async #make(): Promise<Plan> {
    const all: CutObject[] = [];
    for await (const list of this.#cutter.cut()) all.push(...list);
    this.#plan = new Plan(all);
    this.length = this.#plan.length;
    return this.#plan;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<DataPartition, void, undefined> {
    if (this.#plan === undefined) yield* partitionsOf(this.#cutter);
    else yield* this.#plan;
  }
}
