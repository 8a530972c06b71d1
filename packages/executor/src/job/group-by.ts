/** A shuffle: maps that give pairs, and a job that takes groups, a call for each partition of the keys. */
import { checkFunction, checkGroupOptions } from '../options.ts';
import { PartitionSource } from '../shuffle/partition-source.ts';
import type { PartitionResult } from '../shuffle/reduce-groups.ts';
import type { Shuffle } from '../shuffle/shuffle.ts';
import type { GroupOptions } from '../types.ts';
import type { JobCore } from './job-core.ts';
import {
  type Launcher,
  launchAll,
  optionsOfReduction,
  prepareReducer,
  type Reading,
  withMemory,
} from './map-reduce.ts';
import { results } from './reading.ts';
import { ReduceJob } from './reduce-job.ts';

type AnyFunction = (...args: never[]) => unknown;

/** One of the inputs that are grouped together. */
export interface PairInput {
  readonly map: unknown;
  readonly data: unknown;
}

export function groupBy(
  inputs: readonly PairInput[],
  reduceFn: AnyFunction,
  options: GroupOptions,
  launcher: Launcher,
): { readonly job: ReduceJob<unknown[]>; readonly reading: readonly Reading[] } {
  for (const { map } of inputs) checkFunction('map function', map);
  checkFunction('reduce function', reduceFn);
  const memory = checkGroupOptions(options);
  const { partitions, memory: _, combine, extraArgsReduce, ...shared } = options;
  const { mapRuntimeMemory, reduceRuntimeMemory, spawnReducer, ...mapOptions } = shared;
  let reader: JobCore | undefined;
  const shuffle: Shuffle = { partitions, memory, combine, reader: () => reader!.jobId };
  const sources = inputs.map(({ data }) => launcher.inputs(data));
  const { maps, reduce } = launchAll(launcher, (launch) => {
    const maps = inputs.map(({ map }, i) =>
      launch({
        fn: map as AnyFunction,
        input: sources[i]!,
        options: withMemory(mapOptions, mapRuntimeMemory),
        role: { kind: 'partition', shuffle },
      }),
    );
    for (const map of maps) map.markObserved(); // their failures are the reduction's
    reader = launch({
      fn: reduceFn,
      input: new PartitionSource(maps, () => launcher.wake()),
      options: withMemory(
        { ...optionsOfReduction(mapOptions, extraArgsReduce), ...maxWorkersOf(mapOptions) },
        reduceRuntimeMemory ?? mapOptions.runtimeMemory,
      ),
      role: { kind: 'merge', shuffle, inputs: inputs.length },
    });
    return { maps, reduce: reader };
  });
  prepareReducer(launcher, reduce, maps, spawnReducer);
  void reduce
    .until(() => reduce.done)
    .then(() => {
      // What was stored is of no use any more, nor is what would still be.
      for (const map of maps) map.cancel(reduce.broken?.error);
      launcher.removeRuns(reduce);
    });
  const result = async (): Promise<unknown[]> => inOrderOfKeys((await results(reduce)) as PartitionResult[]);
  return {
    job: new ReduceJob<unknown[]>(
      { maps: maps.map((core) => launcher.jobOf(core)), combine: undefined, reduce: launcher.jobOf(reduce) },
      result,
    ),
    reading: [...maps.map((core) => ({ core, result: () => results(core) })), { core: reduce, result }],
  };
}

function maxWorkersOf({ maxWorkers }: GroupOptions): { readonly maxWorkers?: number } {
  return maxWorkers === undefined ? {} : { maxWorkers };
}

/** Every key is in one partition, and each has its own in order. */
function inOrderOfKeys(parts: readonly PartitionResult[]): unknown[] {
  return parts
    .flatMap(({ keys, results }) => keys.map((key, i) => ({ key, result: results[i] })))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ result }) => result);
}
