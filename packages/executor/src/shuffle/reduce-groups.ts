/** The side of a shuffle that takes groups: a call for each partition, and in it one of the user's function for each key. */
import { GroupValues } from './group-values.ts';
import { keyOf, type SortableKey } from './key.ts';
import { type MergeOptions, merged } from './merge.ts';
import type { Segment } from './run.ts';

/** What such a call gets: of every input the partition's segments, in the order of the calls that have stored them. */
export type PartitionInput = readonly (readonly Segment[])[];

/** What it returns: its keys in order, and beside each what the function made of its values. */
export interface PartitionResult {
  readonly keys: readonly SortableKey[];
  readonly results: readonly unknown[];
}

export async function reduceGroups(
  reduce: (...args: unknown[]) => unknown,
  inputs: PartitionInput,
  /** Arguments behind the values. */
  others: readonly unknown[],
  options: MergeOptions,
): Promise<PartitionResult> {
  const keys: SortableKey[] = [];
  const results: unknown[] = [];
  for await (const group of merged(inputs, options)) {
    const values = group.inputs.map((readers) => new GroupValues(readers, options.combine));
    const result = await reduce(keyOf(group.key), ...values, ...others);
    if (values.some((one) => one === result))
      throw new TypeError(
        'a reduce function gave its values back, which are there while it runs: await values.toArray()',
      );
    results.push(result);
    for (const one of values) await one.end();
    keys.push(group.key);
  }
  return { keys, results };
}
