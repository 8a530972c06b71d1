import { InvalidArgumentError } from 'commander';

/** `1 call`, `1,200 calls` */
export function count(n: number, noun: string): string {
  return `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`;
}

/** `4.2 ms`, `214 ms`, `8.5 s`, `3 min 45 s` */
export function duration(ms: number): string {
  if (ms < 999.5) return `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
  const seconds = ms / 1000;
  return seconds < 59.95
    ? `${seconds.toFixed(1)} s`
    : `${Math.floor(Math.round(seconds) / 60)} min ${Math.round(seconds) % 60} s`;
}

const SIZES = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** `17 B`, `1.5 KiB`, `8.0 MiB` */
export function bytes(n: number): string {
  let value = n;
  let unit = 'B';
  for (const next of SIZES) {
    if (value < 1023.95) break;
    value /= 1024;
    unit = next;
  }
  return `${unit === 'B' ? value : value.toFixed(1)} ${unit}`;
}

/** `33.3 %` */
export function percent(part: number): string {
  return `${(part * 100).toFixed(1)} %`;
}

const AGES = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

/** `just now`, `3 minutes ago`, `2 days ago` */
export function ago(thenMs: number, nowMs: number): string {
  const seconds = (nowMs - thenMs) / 1000;
  for (const [unit, length] of AGES) {
    if (seconds >= length) return `${count(Math.floor(seconds / length), unit)} ago`;
  }
  return 'just now';
}

/** `2026-11-24 20:58:03`, by the clock on the wall. */
export function moment(date: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

const MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** An age as people write it on a command line: '90s', '30m', '12h', '1d', '2w'. In milliseconds. */
export function parseAge(text: string): number {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)(s|min|m|h|d|w)$/.exec(text.trim()) ?? [];
  const length = MS[unit];
  if (length === undefined)
    throw new InvalidArgumentError("expected an age such as '90s', '30m', '12h' or '1d'.");
  return Number(amount) * length;
}

/** A whole number from `least` on. */
export function parseCount(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`expected a whole number from ${least}.`);
    return value;
  };
}
