/** Pictures of jobs. What draws them is loaded when somebody wants one. */
import { existsSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import type { PlottedJob, SummaryRow } from '@skein/plot';
import { ExecutorError } from '../errors.ts';
import { stateNames } from '../job/call-table.ts';
import type { JobView } from '../job/job-view.ts';
import { jobSummary, type Price } from './summary.ts';

type Format = '.svg' | '.png' | '.html';

const FORMATS: readonly string[] = ['.svg', '.png', '.html'] satisfies Format[];

/** Draws the jobs into the file `target`, or gives the SVG when there is none. */
export async function plot(
  jobs: readonly JobView[],
  price: Price | undefined,
  target: string | undefined,
): Promise<string | undefined> {
  const file = target === undefined ? undefined : checkTarget(target);
  const { html, png, svg } = await import('@skein/plot');
  const plotted = jobs.map(plottedJob);
  if (file === undefined) return svg(plotted);
  const { format, path } = file;
  const more = jobs.map((job) => moreColumns(job, price));
  await writeFile(
    path,
    format === '.svg'
      ? await svg(plotted)
      : format === '.png'
        ? await png(plotted)
        : await html(plotted, { more }),
  );
  return undefined;
}

/** A wrong target is refused before anything is drawn. */
function checkTarget(target: unknown): { readonly format: Format; readonly path: string } {
  if (typeof target !== 'string')
    throw new ExecutorError('invalid-argument', `the target of a plot is a path; got ${typeof target}`);
  const format = extname(target).toLowerCase();
  if (!FORMATS.includes(format))
    throw new ExecutorError(
      'invalid-argument',
      `a plot is drawn into a file that ends in ${FORMATS.join(', ')}; got '${target}'`,
    );
  const path = resolve(target);
  const folder = dirname(path);
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new ExecutorError(
      'invalid-argument',
      `a plot cannot be written to '${target}': there is no folder '${folder}'`,
    );
  return { format: format as Format, path };
}

/** A stream has forgotten the calls that were read: those that are left are drawn. */
export function plottedJob(job: JobView): PlottedJob {
  const { table, jobId, name } = job;
  const calls = Array.from({ length: table.size }, (_, index) => {
    const state = stateNames[table.state(index)];
    const attempt = table.attempt(index);
    const stats = table.stats(index);
    if (stats === undefined) return { index, state, attempt };
    const { start, end, batch } = stats;
    return {
      index,
      state,
      attempt,
      worker: batch.worker,
      submitTstamp: batch.submitTstamp / 1000,
      startTstamp: start / 1000,
      endTstamp: end / 1000,
      doneTstamp: batch.doneTstamp / 1000,
    };
  });
  return { jobId, name, createdTstamp: job.createdTstamp / 1000, calls };
}

/** What the table of a page says beside what can be seen in the picture. */
export function moreColumns(job: JobView, price: Price | undefined): SummaryRow {
  const { coldStarts, cpuUserTime, cpuSystemTime, peakMemory, cost } = jobSummary(job, price);
  return {
    'cold starts': coldStarts,
    cpu: `${(cpuUserTime + cpuSystemTime).toPrecision(3)} s`,
    memory: peakMemory === undefined ? '–' : `${Math.round(peakMemory / 2 ** 20)} MiB`,
    ...(cost !== undefined && { cost: `${cost.amount.toPrecision(3)} ${cost.currency}` }),
  };
}
