/** How notebooks that run TypeScript show jobs: they ask a value for its MIME bundle by this symbol, and wait for it. */
import type { CallStateName } from '../job/call-table.ts';
import type { JobView } from '../job/job-view.ts';
import type { CallStats } from '../stats.ts';
import { moreColumns, plottedJob } from './plot.ts';
import type { Price } from './summary.ts';

export const jupyterDisplay: unique symbol = Symbol.for('Jupyter.display');

/** Has notebooks show the objects of a class by `show`. */
export function onDisplay<T extends object>(
  prototype: T,
  show: (self: T) => MimeBundle | Promise<MimeBundle>,
): void {
  Object.defineProperty(prototype, jupyterDisplay, {
    value(this: T) {
      return show(this);
    },
    configurable: true,
    writable: true,
  });
}

/** The same thing in several forms; a notebook shows the richest that it can. */
export interface MimeBundle {
  readonly 'text/plain': string;
  readonly 'text/html': string;
  readonly 'image/svg+xml'?: string;
}

/** As things stand: nothing is waited for, and nobody counts as having looked at a failure. */
export async function displayJobs(
  title: string,
  jobs: readonly JobView[],
  price: Price | undefined,
): Promise<MimeBundle> {
  const lines = jobs.map(standing);
  const { svg, table } = await import('@skein/plot');
  const plotted = jobs.map(plottedJob);
  const drawn = plotted.some(({ calls }) => calls.some(({ endTstamp }) => endTstamp !== undefined));
  const picture = drawn ? await svg(plotted) : undefined;
  const more = jobs.map((job) => moreColumns(job, price));
  const html = [
    `<p><b>${escaped(title)}</b>${jobs.length === 1 ? ` ${escaped(lines[0]!)}` : ''}</p>`,
    ...(jobs.length > 0 ? [table(plotted, { more })] : []),
    ...(picture === undefined ? [] : [picture]),
  ];
  return {
    'text/plain':
      jobs.length === 1 ? `${title} ${lines[0]}` : [title, ...lines.map((line) => `  ${line}`)].join('\n'),
    'text/html': html.join('\n'),
    ...(picture !== undefined && { 'image/svg+xml': picture }),
  };
}

function standing({ jobId, name, table, length, done, cancelled }: JobView): string {
  const { settled, failed } = table;
  const of = done ? `${settled}` : `${settled} of ${length ?? 'an unknown number of'}`;
  const end = cancelled ? ', cancelled' : done ? '' : ', running';
  return `${jobId} ${name}: ${of} calls ended${failed > 0 ? `, ${failed} failed` : ''}${end}`;
}

const STEPS = [
  ['waited', 'hostSubmitTstamp', 'workerFuncStartTstamp'],
  ['ran', 'workerFuncStartTstamp', 'workerFuncEndTstamp'],
  ['came back in', 'workerFuncEndTstamp', 'hostStatusDoneTstamp'],
] as const;

export function displayCall(name: string, state: CallStateName, stats: CallStats | undefined): MimeBundle {
  const rows: readonly (readonly [string, string])[] =
    stats === undefined
      ? []
      : [
          ...STEPS.map(([step, from, to]) => [step, milliseconds(stats[to] - stats[from])] as const),
          ['worker', stats.worker],
          ['attempt', String(stats.attempt)],
          ['memory', `${Math.round(stats.workerPeakMemory / 2 ** 20)} MiB`],
        ];
  const cells = rows.map(([head, cell]) => `<tr><th>${head}</th><td>${escaped(cell)}</td></tr>`).join('');
  return {
    'text/plain': [`call ${name}: ${state}`, ...rows.map(([head, cell]) => `  ${head} ${cell}`)].join('\n'),
    'text/html': `<p><b>call ${escaped(name)}</b> ${state}</p>${cells === '' ? '' : `<table>${cells}</table>`}`,
  };
}

/** The two clocks of a step may differ by more than it took. */
function milliseconds(seconds: number): string {
  return `${Number(Math.max(0, seconds * 1000).toPrecision(3))} ms`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (char) => ENTITIES[char]!);
}
