/** What a progress bar says: one line, never wider than the terminal. */

export interface ProgressState {
  readonly title: string;
  readonly settled: number;
  readonly failed: number;
  /** `undefined` while nobody knows. */
  readonly total: number | undefined;
  /** Calls a second, lately. */
  readonly rate: number;
}

const BAR = 24;
const LEAST_BAR = 8;

export function progressLine(state: ProgressState, columns: number, unicode: boolean): string {
  const { title, settled, failed, total, rate } = state;
  const facts = [
    total === undefined ? count(settled) : `${count(settled)}/${count(total)}`,
    ...(failed > 0 ? [`${count(failed)} failed`] : []),
    ...(rate > 0 ? [`${rateText(rate)}/s`] : []),
    ...(total !== undefined && rate > 0 && settled < total
      ? [`${clock((total - settled) / rate)} left`]
      : []),
  ].join('  ');
  // The last column stays free: some terminals wrap when it is written.
  const room = columns - 1 - facts.length;
  const name = clip(title, Math.max(0, Math.min(24, room - 2)));
  const head = name === '' ? '' : `${name}  `;
  const barRoom = Math.min(BAR, room - head.length - 2);
  const bar =
    total === undefined || barRoom < LEAST_BAR ? '' : `${barOf(settled, total, barRoom, unicode)}  `;
  return clip(`${head}${bar}${facts}`, columns - 1);
}

function barOf(settled: number, total: number, width: number, unicode: boolean): string {
  const filled = total === 0 ? width : Math.floor((settled / total) * width);
  const [on, off] = unicode ? ['█', '░'] : ['#', '-'];
  return on.repeat(filled) + off.repeat(width - filled);
}

/** Names may hold anything; what would move the cursor or takes two columns has no place here. */
export function plainName(name: string): string {
  return name.replace(/[^\u0020-\u007e\u00a0-\u024f\u0370-\u03ff\u0400-\u04ff]/g, '?');
}

function clip(text: string, width: number): string {
  return text.length <= width ? text : text.slice(0, Math.max(0, width));
}

function count(n: number): string {
  return n.toLocaleString('en-US');
}

function rateText(rate: number): string {
  return rate >= 100 ? count(Math.round(rate)) : rate.toPrecision(2);
}

/** 0:07, 12:30, 1:02:03 */
function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [h, min, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number): string => String(n).padStart(2, '0');
  return h > 0 ? `${count(h)}:${two(min)}:${two(s)}` : `${min}:${two(s)}`;
}
