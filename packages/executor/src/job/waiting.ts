/** Waits for calls of several jobs without reading them. */
import { ExecutorError } from '../errors.ts';
import type { WaitOptions } from '../types.ts';
import { within } from '../wait.ts';
import { Job } from './job.ts';
import type { JobCore } from './job-core.ts';
import { ResponseFuture } from './response-future.ts';

/** What to wait for. */
export type WaitedFor = ResponseFuture<unknown> | Job<unknown> | readonly ResponseFuture<unknown>[];

export interface SettledOptions extends WaitOptions {
  readonly returnWhen?: 'all' | 'any' | 'always' | number;
}

export interface Settled {
  readonly done: ResponseFuture<unknown>[];
  readonly notDone: ResponseFuture<unknown>[];
}

/**
 * @param futures what to wait for; the calls of all jobs, when left out
 * @param jobs those that could change anything
 */
export async function waitForCalls(
  futures: WaitedFor | undefined,
  jobs: () => readonly JobCore[],
  options: SettledOptions,
): Promise<Settled> {
  const { returnWhen = 'all', ...bounds } = options;
  const percent =
    returnWhen === 'all' ? 100 : returnWhen === 'any' ? 0 : returnWhen === 'always' ? -1 : returnWhen;
  if (typeof percent !== 'number' || !(percent >= -1 && percent <= 100))
    throw new ExecutorError(
      'invalid-argument',
      `returnWhen is 'all', 'any', 'always' or a percentage from 0 to 100; got ${String(returnWhen)}`,
    );
  const watched = (): readonly ResponseFuture<unknown>[] => {
    if (futures instanceof ResponseFuture) return [futures];
    if (futures instanceof Job) return futures.futures;
    return futures ?? jobs().flatMap(futuresOf);
  };
  const enough = (): boolean => {
    if (percent < 0) return true;
    const all = watched();
    const settled = all.filter((future) => future.done).length;
    return percent === 0 ? settled > 0 || all.length === 0 : settled * 100 >= percent * all.length;
  };
  await within(until(enough, jobs()), bounds, () => 'what was waited for').catch((error: unknown) => {
    if (!(error instanceof ExecutorError && error.code === 'timeout')) throw error;
  });
  const all = watched();
  return { done: all.filter(({ done }) => done), notDone: all.filter(({ done }) => !done) };
}

async function until(condition: () => boolean, jobs: readonly JobCore[]): Promise<void> {
  if (condition()) return;
  const stops: (() => void)[] = [];
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (condition()) resolve();
    };
    for (const core of jobs) stops.push(core.watch(look));
  });
  for (const stop of stops) stop();
}

function futuresOf(core: JobCore): ResponseFuture<unknown>[] {
  if (core.stream) return [];
  return Array.from(
    { length: core.length ?? core.table.size },
    (_, index) => new ResponseFuture<unknown>(core, index),
  );
}
