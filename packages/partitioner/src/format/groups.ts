import type { Target } from './format.ts';

/**
 * Puts neighbours together, as even as their sizes allow: none of a target's bytes is exceeded but by what is larger alone.
 *
 * @returns where each group begins, and where the last ends
 */
export function groupBySize(sizes: readonly number[], target: Target): readonly number[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if ('parts' in target) return groups(sizes, Math.min(target.parts, sizes.length));
  for (let count = Math.ceil(total / target.bytes); count < sizes.length; count++) {
    const starts = groups(sizes, count);
    if (fits(sizes, starts, target.bytes)) return starts;
  }
  return groups(sizes, sizes.length);
}

/** Each group ends where the sum so far is nearest to its share, and leaves at least one for each that follows. */
function groups(sizes: readonly number[], wanted: number): readonly number[] {
  const count = Math.max(1, wanted);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const starts = [0];
  let at = 0;
  let sum = 0;
  for (let group = 1; group < count; group++) {
    const share = (total / count) * group;
    const last = sizes.length - (count - group);
    do sum += sizes[at++] ?? 0;
    while (at < last && sum + (sizes[at] ?? 0) / 2 <= share);
    starts.push(at);
  }
  return [...starts, sizes.length];
}

function fits(sizes: readonly number[], starts: readonly number[], bytes: number): boolean {
  return starts.slice(1).every((end, group) => {
    const start = starts[group] ?? 0;
    const size = sizes.slice(start, end).reduce((sum, one) => sum + one, 0);
    return size <= bytes || end - start === 1;
  });
}
