import type { PlottedJob } from './job.ts';
import { FONTS, GRID, INK, MUTED, PAPER } from './palette.ts';
import { type SummaryRow, summaryRows } from './summary.ts';
import { svg } from './svg.ts';

export interface HtmlOptions {
  /** Further columns of the table: what they say of each job. */
  readonly more?: readonly SummaryRow[];
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
  th, td { padding: .35rem .9rem .35rem 0; border-bottom: 1px solid ${GRID}; }
  th { color: ${MUTED}; font-weight: 500; }
</style>
<body>
${picture}
<div class="table">
${table(jobs, options)}
</div>
</body>
</html>
`;
}

/** The table alone, as a part of another page. */
export function table(jobs: readonly PlottedJob[], { more = [] }: HtmlOptions = {}): string {
  const rows = summaryRows(jobs).map((row, at) => ({ ...row, ...more[at] }));
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  // A column of names reads from the left, one of numbers from the right.
  const align = columns.map((column) =>
    rows.every((row) => /^(?:[\d–-]|$)/.test(textOf(row, column))) ? 'right' : 'left',
  );
  const cell = (tag: 'th' | 'td', at: number, text: string): string =>
    `<${tag} style="text-align: ${align[at]}">${escaped(text)}</${tag}>`;
  const head = columns.map((column, at) => cell('th', at, column)).join('');
  const body = rows.map((row) => columns.map((column, at) => cell('td', at, textOf(row, column))).join(''));
  return `<table>
<thead><tr>${head}</tr></thead>
<tbody>
${body.map((cells) => `<tr>${cells}</tr>`).join('\n')}
</tbody>
</table>`;
}

const textOf = (row: SummaryRow, column: string): string => String(row[column] ?? '');

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (char) => ENTITIES[char]!);
}
