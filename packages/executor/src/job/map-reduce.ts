/** A map and the reduction of its results: jobs of which each waits for the one before. */
import { checkFunction, checkReduceOptions } from '../options.ts';
import type { JobRole } from '../shuffle/shuffle.ts';
import type { MapOptions, ReduceOptions } from '../types.ts';
import { CombineSource } from './combine-source.ts';
import type { Call } from './dependency.ts';
import type { InputSource } from './input-source.ts';
import type { Job } from './job.ts';
import type { JobCore } from './job-core.ts';
import { GroupingSource, GroupSource } from './job-source.ts';
import { results } from './reading.ts';
import { groupingOf, ReduceJob } from './reduce-job.ts';

type AnyFunction = (...args: never[]) => unknown;

/** A map on its way. */
export interface Launch {
  readonly fn: AnyFunction;
  readonly input: InputSource;
  readonly options: MapOptions;
  /** Items are lists of arguments. */
  readonly spread?: boolean;
  /** It is one call, and nothing else. */
  readonly single?: boolean;
  /** The function is asked for something else than a result for an item. */
  readonly role?: JobRole;
}

/** A job, and what somebody gets who reads it without having named it. */
export interface Reading {
  readonly core: JobCore;
  readonly result: () => Promise<unknown>;
}

/** What an executor does for all of them. */
export interface Launcher {
  launch(launch: Launch): JobCore;
  inputs(data: unknown): InputSource;
  jobOf(core: JobCore): Job<unknown>;
  /** There may be something to run. */
  wake(): void;
  /** Has workers load a job's code. */
  prepare(core: JobCore): void;
  /** Nobody reads the runs any more that were stored for the job. */
  removeRuns(core: JobCore): void;
}

export function mapReduce(
  mapFn: AnyFunction,
  data: unknown,
  reduceFn: AnyFunction,
  options: ReduceOptions,
  launcher: Launcher,
): { readonly job: ReduceJob<unknown>; readonly reading: readonly Reading[] } {
  checkFunction('map function', mapFn);
  checkFunction('reduce function', reduceFn);
  checkReduceOptions(options);
  const { extraArgsReduce, spawnReducer, reducerOnePerObject, combine: combineFn, ...shared } = options;
  const { mapRuntimeMemory, reduceRuntimeMemory, ...mapOptions } = shared;
  const groupOf = groupingOf(data, reducerOnePerObject);
  const source = launcher.inputs(data);
  const wake = (): void => launcher.wake();
  const { map, combine, reduce } = launchAll(launcher, (launch) => {
    let groups: Groups | CombineSource;
    const tell = (group: unknown, index: number): void => groups.add(group, index);
    const input = new GroupingSource(source, groupOf ?? (() => undefined), tell);
    const map = launch({ fn: mapFn, input, options: withMemory(mapOptions, mapRuntimeMemory) });
    map.markObserved(); // its failures are the reduction's
    const reduceOptions = withMemory(
      optionsOfReduction(mapOptions, extraArgsReduce),
      reduceRuntimeMemory ?? mapOptions.runtimeMemory,
    );
    let combine: JobCore | undefined;
    if (combineFn === undefined) groups = new Groups(map);
    else {
      const tree = new CombineSource(map, () => combine!, wake);
      groups = tree;
      const { extraArgs: _, ...options } = reduceOptions;
      combine = launch({ fn: combineFn as AnyFunction, input: tree, options, role: { kind: 'fold' } });
      combine.markObserved();
    }
    // Not even an empty map leaves a single reducer without its call.
    const lists = (): readonly (readonly Call[])[] => {
      const all = groups.lists();
      return groupOf === undefined && all.length === 0 ? [[]] : all;
    };
    const cores = combine === undefined ? ([map] as const) : ([map, combine] as const);
    const reduce = launch({
      fn: reduceFn,
      input: new GroupSource({ cores, lists }, wake),
      options: reduceOptions,
    });
    return { map, combine, reduce };
  });
  prepareReducer(launcher, reduce, [map], spawnReducer);
  const result = (): Promise<unknown> => (groupOf === undefined ? reduce.outcome(0) : results(reduce));
  const between = combine === undefined ? [] : [combine];
  return {
    job: new ReduceJob<unknown>(
      {
        maps: [launcher.jobOf(map)],
        combine: combine && launcher.jobOf(combine),
        reduce: launcher.jobOf(reduce),
      },
      result,
    ),
    reading: [
      ...[map, ...between].map((core) => ({ core, result: () => results(core) })),
      { core: reduce, result },
    ],
  };
}

/** The calls of each group, in input order. */
class Groups {
  readonly #map: JobCore;
  readonly #groups = new Map<unknown, Call[]>();

  constructor(map: JobCore) {
    this.#map = map;
  }

  add(group: unknown, index: number): void {
    const calls = this.#groups.get(group);
    const call = { core: this.#map, index };
    if (calls === undefined) this.#groups.set(group, [call]);
    else calls.push(call);
  }

  /** In order of appearance. */
  lists(): readonly (readonly Call[])[] {
    return [...this.#groups.values()];
  }
}

/** Launches several jobs, or none: when one cannot be captured, those before it end. */
export function launchAll<T>(launcher: Launcher, launchThem: (launch: Launcher['launch']) => T): T {
  const launched: JobCore[] = [];
  try {
    return launchThem((launch) => {
      const core = launcher.launch(launch);
      launched.push(core);
      return core;
    });
  } catch (error) {
    for (const core of launched) {
      core.markObserved();
      core.cancel(error);
    }
    throw error;
  }
}

/** When so many percent of the calls before it have ended, workers load the code of the reducer. */
export function prepareReducer(
  launcher: Launcher,
  reduce: JobCore,
  maps: readonly JobCore[],
  percent = 20,
): void {
  const enough = ({ done, length, table }: JobCore): boolean =>
    done || (length !== undefined && table.settled * 100 >= percent * length);
  void Promise.all(maps.map((map) => map.until(() => enough(map)))).then(() => launcher.prepare(reduce));
}

/** What a reduction has of the options of its map. */
export function optionsOfReduction(map: MapOptions, extraArgs: readonly unknown[] | undefined): MapOptions {
  const { signal, external, include, retries, timeoutMs, extraEnv } = map;
  const { isolated, maxCallsPerWorker, background } = map;
  return defined({
    ...{ signal, external, include, retries, timeoutMs, extraEnv },
    ...{ isolated, maxCallsPerWorker, background, extraArgs },
  });
}

export function withMemory(options: MapOptions, runtimeMemory: number | string | undefined): MapOptions {
  return runtimeMemory === undefined ? options : { ...options, runtimeMemory };
}

/** Without the keys that have no value: an option that is not given is not there. */
function defined(options: { readonly [K in keyof MapOptions]: MapOptions[K] | undefined }): MapOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
