/** Inputs that are outcomes of other calls: what is needed to wait for them, and to hand them on where they are. */
import { CallState, isSettled } from './call-table.ts';
import type { JobCore } from './job-core.ts';
import { StoredResult } from './stored-result.ts';

/** An input that is there when other calls have ended. */
export interface Dependency {
  /** The input itself, or why there is none; `undefined` while it is not known. */
  now(): Resolution | undefined;
  /** Calls `then` once, when {@link now} knows. */
  whenKnown(then: () => void): void;
}

export type Resolution =
  | { readonly item: unknown }
  | { readonly state: CallState; readonly error: unknown }
  | { readonly reading: Promise<unknown> };

/** A list of results of which some are in storage: workers fetch those. */
export class GatheredResults {
  readonly values: readonly unknown[];
  readonly stored: readonly (readonly [position: number, result: StoredResult])[];

  constructor(values: readonly unknown[], stored: readonly (readonly [number, StoredResult])[]) {
    this.values = values;
    this.stored = stored;
  }
}

/** An input that stands for the outcomes of other calls. */
export class PendingInput {
  readonly #dependency: () => Dependency;

  constructor(dependency: () => Dependency) {
    this.#dependency = dependency;
  }

  static dependencyOf(item: unknown): Dependency | undefined {
    return typeof item === 'object' && item !== null && #dependency in item ? item.#dependency() : undefined;
  }
}

/** The jobs behind the faces that users hold, for those who get a job as data. */
const cores = new WeakMap<object, JobCore>();

export function rememberJob(face: object, core: JobCore): void {
  cores.set(face, core);
}

export function jobBehind(data: unknown): JobCore | undefined {
  return typeof data === 'object' && data !== null ? cores.get(data) : undefined;
}

/** The outcome of one call. */
export function callDependency(core: JobCore, index: number): Dependency {
  core.markFeeding();
  return {
    now: () => {
      const outcome = outcomeOf(core, index);
      if (outcome === undefined || !('item' in outcome)) return outcome;
      const { item } = outcome;
      if (!(item instanceof StoredResult)) return outcome;
      return item.plain && item.keep() ? outcome : { reading: item.read() };
    },
    whenKnown: (then) => core.whenSettled(index, then),
  };
}

/** A call whose result is an input. */
export interface Call {
  readonly core: JobCore;
  readonly index: number;
}

/** The results of several calls as one list, or the first failure among them as soon as it is known. */
export function listDependency(calls: readonly Call[]): Dependency {
  let failed: Resolution | undefined;
  const open: Call[] = [];
  for (const call of calls) {
    call.core.markFeeding();
    const outcome = outcomeOf(call.core, call.index);
    if (outcome === undefined) open.push(call);
    else if (!('item' in outcome)) failed ??= outcome;
  }
  let left = open.length;
  const gather = (): Resolution => {
    const values: unknown[] = [];
    const stored: [number, StoredResult][] = [];
    const reading: Promise<void>[] = [];
    for (const [position, { core, index }] of calls.entries()) {
      const outcome = outcomeOf(core, index);
      if (outcome === undefined || !('item' in outcome)) return outcome ?? { item: undefined };
      const { item } = outcome;
      if (!(item instanceof StoredResult)) values[position] = item;
      else if (item.plain && item.keep()) {
        values[position] = undefined;
        stored.push([position, item]);
      } else
        reading.push(
          item.read().then((value) => {
            values[position] = value;
          }),
        );
    }
    const list = stored.length === 0 ? values : new GatheredResults(values, stored);
    return reading.length === 0 ? { item: list } : { reading: Promise.all(reading).then(() => list) };
  };
  return {
    now: () => failed ?? (left === 0 ? gather() : undefined),
    whenKnown: (then) => {
      for (const { core, index } of open) {
        core.whenSettled(index, () => {
          left--;
          const outcome = outcomeOf(core, index);
          if (failed !== undefined || outcome === undefined) return;
          if (!('item' in outcome)) failed = outcome;
          if (failed !== undefined || left === 0) then();
        });
      }
    },
  };
}

/** An input that is there already, when all futures in it have outcomes: good or bad, that is for its function. */
export function allKnown(item: unknown, futures: readonly PendingInput[]): Dependency {
  const dependencies = futures.map((future) => PendingInput.dependencyOf(future)!);
  const open = dependencies.filter((one) => one.now() === undefined);
  let left = open.length;
  return {
    now: () => (left === 0 ? { item } : undefined),
    whenKnown: (then) => {
      for (const one of open) {
        one.whenKnown(() => {
          if (--left === 0) then();
        });
      }
    },
  };
}

function outcomeOf(core: JobCore, index: number): Resolution | undefined {
  if (index >= core.table.size)
    return core.length !== undefined && index >= core.length
      ? { state: CallState.error, error: core.whyAbsent(index) }
      : undefined;
  const state = core.table.state(index);
  if (!isSettled(state)) return undefined;
  const value = core.table.value(index);
  return state === CallState.success ? { item: value } : { state, error: value };
}
