import { shownBytes } from '../sizes.ts';
import { table } from './table.ts';

const BAR = 40;
const CLASSES = 8;

/** How many parts, or groups, are how large, as bars: a job is as long as its longest call, so what sticks out is worth a look. */
export function picture(what: string, sizes: readonly number[]): string[] {
  const most = sizes.reduce((a, b) => Math.max(a, b), 0);
  if (sizes.length < 2 || most === 0) return [];
  const counts = new Array<number>(CLASSES).fill(0);
  for (const size of sizes) counts[Math.max(0, Math.ceil((size / most) * CLASSES) - 1)]!++;
  const longest = Math.max(...counts);
  const rows = counts.flatMap((count, at) => {
    if (count === 0) return [];
    const bar = '█'.repeat(Math.max(1, Math.round((count / longest) * BAR)));
    return [[`≤ ${shownBytes((most * (at + 1)) / CLASSES)}`, String(count), bar]];
  });
  const head = [`${what} size`, `${what}s`, ''];
  return ['', ...table(head, rows, new Set(head.slice(0, 2)))];
}
