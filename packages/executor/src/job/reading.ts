/** How the outcomes of a job are read: all together, one by one in input order, or as calls complete. */
import { CallState, isSettled } from './call-table.ts';
import type { JobCore } from './job-core.ts';
import { StoredResult } from './stored-result.ts';

/** How a call ended, for those who follow a job as its calls complete. */
export interface Completion {
  readonly index: number;
  readonly succeeded: boolean;
  readonly value: unknown;
}

/** The result itself, where it is in storage too. */
export const resultOf = (held: unknown): unknown => (held instanceof StoredResult ? held.read() : held);

/** All results in input order; rejects at the first failure, while the other calls go on. */
export async function results(core: JobCore): Promise<unknown[]> {
  core.markObserved();
  if (core.stream)
    throw new TypeError('the results of a stream are read one by one: for await (const result of job) …');
  await core.until(() => core.done || core.broken !== undefined || core.firstFailure !== undefined);
  if (core.broken !== undefined) throw core.broken.error;
  if (core.firstFailure !== undefined) throw core.table.value(core.firstFailure);
  const all = core.table.values();
  return core.hasStored ? Promise.all(all.map(resultOf)) : all;
}

/** Results in input order, as they come. */
export async function* inOrder(core: JobCore): AsyncGenerator<unknown, void, undefined> {
  core.markObserved();
  let finished = false;
  try {
    for (let index = 0; ; index++) {
      await core.until(() => isSettled(core.stateOf(index)) || (core.inputEnded && index >= core.table.size));
      if (index >= core.table.size) break;
      const held = core.table.value(index);
      if (core.table.state(index) !== CallState.success) throw held;
      const value = held instanceof StoredResult ? await held.read() : held;
      core.forget(index);
      yield value;
    }
    finished = true;
    if (core.broken !== undefined) throw core.broken.error;
  } finally {
    // A stream that nobody reads any more would wait for its reader for ever.
    if (!finished && core.stream) core.cancel();
  }
}

/** Outcomes as calls complete, failures included. */
export async function* completed(core: JobCore): AsyncGenerator<Completion, void, undefined> {
  core.markObserved();
  let finished = false;
  const order = core.readOrder();
  try {
    for (let at = 0; ; ) {
      await core.until(() => at < order.length || core.done);
      if (at >= order.length) break;
      const index = order[at++]!;
      const completion = await completionOf(core, index);
      if (core.stream) {
        order.splice(0, at);
        at = 0;
        core.forget(index);
      }
      yield completion;
    }
    finished = true;
    if (core.broken !== undefined) throw core.broken.error;
  } finally {
    core.endReadingOrder();
    if (!finished && core.stream) core.cancel();
  }
}

async function completionOf(core: JobCore, index: number): Promise<Completion> {
  const held = core.table.value(index);
  if (core.table.state(index) !== CallState.success) return { index, succeeded: false, value: held };
  if (!(held instanceof StoredResult)) return { index, succeeded: true, value: held };
  return held.read().then(
    (value) => ({ index, succeeded: true, value }),
    (value: unknown) => ({ index, succeeded: false, value }),
  );
}
