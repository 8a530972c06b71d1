/** What a table says of each job, from its calls alone. */
import { quantile } from './histogram.ts';
import { isFailed, isRetried, isSettled, type PlottedJob } from './job.ts';
import { count, counted, duration } from './units.ts';

/** A row of a table: the heading of each column, and what stands in it. */
export type SummaryRow = Readonly<Record<string, string | number>>;

export function summaryRows(jobs: readonly PlottedJob[]): SummaryRow[] {
  return jobs.map(({ jobId, name, createdTstamp, calls }) => {
    const times: number[] = [];
    let last = createdTstamp;
    for (const { startTstamp, endTstamp, doneTstamp } of calls) {
      if (startTstamp === undefined || endTstamp === undefined) continue;
      times.push(Math.max(0, endTstamp - startTstamp));
      last = Math.max(last, doneTstamp ?? endTstamp);
    }
    const sorted = Float64Array.from(times).sort();
    const total = times.reduce((sum, time) => sum + time, 0);
    const known = (seconds: number): string => (times.length > 0 ? duration(seconds) : '–');
    return {
      job: jobId,
      function: name,
      calls: count(calls.length),
      failed: count(calls.filter(isFailed).length),
      retried: count(calls.filter(isRetried).length),
      mean: known(total / times.length),
      p50: known(quantile(sorted, 0.5)),
      p95: known(quantile(sorted, 0.95)),
      max: known(sorted[sorted.length - 1] ?? 0),
      'in all': known(total),
      wall: known(last - createdTstamp),
    };
  });
}

/** The line under a picture's title. */
export function headline(jobs: readonly PlottedJob[]): string {
  const calls = jobs.flatMap((job) => job.calls);
  const count = (test: (call: (typeof calls)[number]) => boolean): number => calls.filter(test).length;
  const parts = [counted(calls.length, 'call')];
  const add = (n: number, text: string): void => {
    if (n > 0) parts.push(`${counted(n, text, text)}`);
  };
  add(count(isFailed), 'failed');
  add(count(isRetried), 'retried');
  add(
    count((call) => !isSettled(call)),
    'unfinished',
  );
  add(
    count((call) => isSettled(call) && (call.startTstamp === undefined || call.endTstamp === undefined)),
    'never reported and not drawn',
  );
  const workers = new Set(calls.flatMap(({ worker }) => (worker === undefined ? [] : [worker]))).size;
  if (workers > 0) parts.push(counted(workers, 'worker'));
  return parts.join(' · ');
}
