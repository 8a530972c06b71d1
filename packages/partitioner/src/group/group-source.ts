import type { DataPartition } from '../data-partition.ts';
import type { Plan } from '../plan.ts';
import { Coalescer, type Coalescing } from './coalescer.ts';
import { GroupPlan, groupsOf } from './group-plan.ts';
import { PartitionGroup } from './partition-group.ts';

/** Where the parts of groups come from. */
interface Parts extends AsyncIterable<DataPartition> {
  plan(): Promise<Plan>;
}

/** An executor's `CallSource` of groups: what `objects(…)` gives, several parts to a call. */
export class GroupSource implements AsyncIterable<PartitionGroup> {
  /** How many there are: known when there is a plan. */
  length?: number;
  readonly #parts: Parts;
  readonly #terms: Coalescing;
  #plan: GroupPlan | undefined;

  /** Made by {@link ObjectSource.coalesce}. */
  constructor(parts: Parts, terms: Coalescing) {
    this.#parts = parts;
    this.#terms = terms;
  }

  /** Finds, cuts and groups everything before anything runs. From then on this plan is what the source gives. */
  async plan(): Promise<GroupPlan> {
    const plan = await this.#parts.plan();
    this.#plan ??= new GroupPlan(plan.objects, groupsOf(plan, this.#terms));
    this.length = this.#plan.length;
    return this.#plan;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<PartitionGroup, void, undefined> {
    if (this.#plan !== undefined) return yield* this.#plan;
    const coalescer = new Coalescer<DataPartition>(this.#terms);
    for await (const part of this.#parts) {
      const full = coalescer.add(part);
      if (full !== undefined) yield new PartitionGroup(full);
    }
    const last = coalescer.end();
    if (last !== undefined) yield new PartitionGroup(last);
  }
}
