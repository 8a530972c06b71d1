import type { PlottedJob } from './job.ts';
import { FONTS, GRID, INK, MUTED, PAPER } from './palette.ts';
import { type SummaryRow, summaryRows } from './summary.ts';
import { svg } from './svg.ts';

export interface HtmlOptions {
  /** What the table says; every row has the same columns. @default made of the calls: how many, and their times */
  readonly summary?: readonly SummaryRow[];
}

/** A page with the picture and a table of the jobs. It refers to nothing outside of itself and runs no script. */
export async function html(jobs: readonly PlottedJob[], options: HtmlOptions = {}): Promise<string> {
  const picture = await svg(jobs);
  const title = jobs.length === 1 ? `${jobs[0]!.jobId} ${jobs[0]!.name}` : `${jobs.length} jobs`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>
  body { margin: 2rem auto; max-width: 62rem; padding: 0 1rem; background: ${PAPER}; color: ${INK}; font: 14px/1.5 ${FONTS}; }
  svg { max-width: 100%; height: auto; }
  .table { overflow-x: auto; padding: 0 24px; }
  table { border-collapse: collapse; font-variant-numeric: tabular-nums; white-space: nowrap; }
  th, td { padding: .35rem .9rem .35rem 0; text-align: right; border-bottom: 1px solid ${GRID}; }
  th { color: ${MUTED}; font-weight: 500; }
  .text { text-align: left; }
</style>
<body>
${picture}
<div class="table">
${table(options.summary ?? summaryRows(jobs))}
</div>
</body>
</html>
`;
}

function table(rows: readonly SummaryRow[]): string {
  const columns = Object.keys(rows[0] ?? {});
  // A column of names reads from the left, one of numbers from the right.
  const kind = columns.map((column) =>
    rows.some((row) => /^[^\d–-]/.test(String(row[column]))) ? 'text' : '',
  );
  const cell = (tag: 'th' | 'td', at: number, text: string): string =>
    `<${tag}${kind[at] === '' ? '' : ` class="${kind[at]}"`}>${escaped(text)}</${tag}>`;
  const head = columns.map((column, at) => cell('th', at, column)).join('');
  const body = rows.map(
    (row) => `<tr>${columns.map((column, at) => cell('td', at, String(row[column] ?? ''))).join('')}</tr>`,
  );
  return `<table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${body.join('\n')}\n</tbody>\n</table>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (char) => ENTITIES[char]!);
}
