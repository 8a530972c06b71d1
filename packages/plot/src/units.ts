/** Times and counts as people read them. */

export interface TimeUnit {
  readonly name: string;
  readonly symbol: string;
  /** Seconds. */
  readonly length: number;
}

export const SECONDS: TimeUnit = { name: 'seconds', symbol: 's', length: 1 };

const UNITS: readonly TimeUnit[] = [
  { name: 'hours', symbol: 'h', length: 3600 },
  { name: 'minutes', symbol: 'min', length: 60 },
  SECONDS,
  { name: 'milliseconds', symbol: 'ms', length: 1e-3 },
  { name: 'microseconds', symbol: 'µs', length: 1e-6 },
];

/** The unit in which a scale up to `seconds` has the fewest digits: none is left before it has two of it. */
export function unitFor(seconds: number): TimeUnit {
  return UNITS.find(({ length }) => seconds >= 2 * length) ?? UNITS[UNITS.length - 1]!;
}

/** Three digits that mean something, and a unit. */
export function duration(seconds: number): string {
  if (seconds === 0) return '0 s';
  if (seconds >= 120) {
    const whole = Math.round(seconds);
    const [h, min, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    return h > 0 ? `${h} h ${min} min` : s > 0 ? `${min} min ${s} s` : `${min} min`;
  }
  const { symbol, length } =
    UNITS.slice(2).find((unit) => seconds >= unit.length * 0.9995) ?? UNITS[UNITS.length - 1]!;
  return `${Number((seconds / length).toPrecision(3))} ${symbol}`;
}

export function count(n: number): string {
  return n.toLocaleString('en-US');
}

export function counted(n: number, one: string, many: string = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}
