/** A map and the reduction of its results: two jobs, of which the second waits for the first. */
import { checkFunction, checkMapOptions } from '../options.ts';
import type { MapOptions, ReduceOptions } from '../types.ts';
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
}

/** A job, and what somebody gets who reads it without having named it. */
export interface Reading {
  readonly core: JobCore;
  readonly result: () => Promise<unknown>;
}

/** What an executor does for both jobs. */
export interface Launcher {
  launch(launch: Launch): JobCore;
  inputs(data: unknown): InputSource;
  jobOf(core: JobCore): Job<unknown>;
  /** There may be something to run. */
  wake(): void;
  /** Has workers load a job's code. */
  prepare(core: JobCore): void;
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
  checkMapOptions(options);
  const { extraArgsReduce, spawnReducer = 20, reducerOnePerObject, ...shared } = options;
  const { mapRuntimeMemory, reduceRuntimeMemory, ...mapOptions } = shared;
  const groupOf = groupingOf(data, reducerOnePerObject);
  const input = new GroupingSource(launcher.inputs(data), groupOf ?? (() => undefined));
  const core = launcher.launch({ fn: mapFn, input, options: withMemory(mapOptions, mapRuntimeMemory) });
  core.markObserved(); // its failures are the reduction's
  const { signal, external, include, retries, timeoutMs, extraEnv } = mapOptions;
  const { isolated, maxCallsPerWorker, background } = mapOptions;
  // Not even an empty map leaves a single reducer without its call.
  const groups = (): Iterable<readonly number[]> =>
    groupOf === undefined ? [input.groups.get(undefined) ?? []] : input.groups.values();
  const reduceOptions = {
    ...{ signal, external, include, retries, timeoutMs, extraEnv },
    ...{ isolated, maxCallsPerWorker, background, extraArgs: extraArgsReduce },
  };
  const reduceCore = launcher.launch({
    fn: reduceFn,
    input: new GroupSource(core, groups, () => launcher.wake()),
    options: withMemory(defined(reduceOptions), reduceRuntimeMemory ?? mapOptions.runtimeMemory),
  });
  const enough = (): boolean =>
    core.done || (core.length !== undefined && core.table.settled * 100 >= spawnReducer * core.length);
  void core.until(enough).then(() => launcher.prepare(reduceCore));
  const result = (): Promise<unknown> =>
    groupOf === undefined ? reduceCore.outcome(0) : results(reduceCore);
  return {
    job: new ReduceJob<unknown>(launcher.jobOf(core), launcher.jobOf(reduceCore), result),
    reading: [
      { core, result: () => results(core) },
      { core: reduceCore, result },
    ],
  };
}

function withMemory(options: MapOptions, runtimeMemory: number | string | undefined): MapOptions {
  return runtimeMemory === undefined ? options : { ...options, runtimeMemory };
}

/** Without the keys that have no value: an option that is not given is not there. */
function defined(options: { readonly [K in keyof MapOptions]: MapOptions[K] | undefined }): MapOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
