export type { HtmlOptions } from './html.ts';
export { html, table } from './html.ts';
export type { PlottedCall, PlottedJob, PlottedState } from './job.ts';
export { png } from './png.ts';
export type { SummaryRow } from './summary.ts';
export { svg } from './svg.ts';
