import type { Machine } from './machine.ts';
import type { Score } from './play.ts';
import type { Result } from './results.ts';
import { drift, ratios, type Spread, spread } from './statistics.ts';
import { digits, inUnit, sentence } from './verdict.ts';

/** Later rounds this much slower or faster than earlier ones are told to the reader. */
const DRIFT = 1.2;

/** A result as Markdown that is also readable in a terminal. */
export function render(result: Result): string {
  const { benchmark, verdicts, machine } = result;
  const { name, title, measures, leavesOut, unit, rounds, warmup } = benchmark;
  const findings = [
    ...verdicts.map((verdict) => sentence(verdict, unit.name)),
    ...drifts(result),
    ...(machine.load > machine.cores / 2
      ? ['busy: others were at work on this machine, so read the best rounds']
      : []),
  ];
  return [
    `## ${name}: ${title}`,
    `Measures ${measures} Leaves out ${leavesOut}`,
    table(result),
    ...(findings.length > 0 ? [findings.map((line) => `- ${line}`).join('\n')] : []),
    `Median (min–max) of ${rounds} rounds after ${warmup} of warm-up. ${facts(machine)}, ${result.date}`,
  ].join('\n\n');
}

function table({ benchmark, scores }: Result): string {
  const [subject] = scores;
  if (subject === undefined) throw new RangeError(`${benchmark.name} has no scores`);
  const { unit, differences = false } = benchmark;
  const what = 'perSecond' in unit ? 'time of ' : '';
  const header = ['', unit.name, `${what}${subject.name} ÷ it`, 'best ÷ best'];
  if (differences) header.push(`it − ${subject.name}`);
  const rows = scores.map((score) => {
    const row = [
      score.name,
      score.absent ?? cell(spread(score.figures.map((figure) => inUnit(unit, figure)))),
    ];
    if (score !== subject && score.absent === undefined && subject.absent === undefined) {
      row.push(cell(spread(ratios(subject.figures, score.figures))));
      row.push(digits(Math.min(...subject.figures) / Math.min(...score.figures)));
      if (differences)
        row.push(cell(spread(score.figures.map((it, round) => inUnit(unit, it - subject.figures[round]!)))));
    }
    return header.map((_, column) => row[column] ?? '');
  });
  return align([header, ...rows]);
}

function drifts({ scores }: Result): string[] {
  return scores.flatMap(({ name, figures }: Score) => {
    const factor = drift(figures);
    const steady = factor < DRIFT && factor > 1 / DRIFT;
    return steady
      ? []
      : [`drifted: ${name}, whose later rounds took ${digits(factor)} times its earlier ones`];
  });
}

function facts({ cores, cpu, memoryGiB, system, node, python, load, skein }: Machine): string {
  return `${cores} cores (${cpu}), ${memoryGiB} GiB, ${system}, node ${node}, python ${python}, load ${load}, Skein ${skein}`;
}

function cell({ median, min, max }: Spread): string {
  return `${digits(median)} (${digits(min)}–${digits(max)})`;
}

function align([header, ...rows]: readonly string[][]): string {
  if (header === undefined) return '';
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((text, column) => text.padEnd(widths[column]!)).join(' | ')} |`;
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
