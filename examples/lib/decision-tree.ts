/** Decision trees that tell classes apart by thresholds of features (CART). */

/** A leaf says a class; a branch goes left if the feature is below the threshold. */
export type Tree =
  | { readonly kind: 'leaf'; readonly says: number }
  | {
      readonly kind: 'branch';
      readonly feature: number;
      readonly threshold: number;
      readonly below: Tree;
      readonly above: Tree;
    };

/** What trees learn from: the features of each sample, and its class. */
export interface Samples {
  readonly features: readonly (readonly number[])[];
  readonly classes: readonly number[];
}

/**
 * Grows a tree until all samples of a leaf are of one class.
 * @param rows the samples that it learns from; one may come more than once
 * @param random chooses the two features that a branch may ask for
 */
export function grow(samples: Samples, rows: readonly number[], random: () => number): Tree {
  const { features, classes } = samples;
  const says = majority(rows.map((row) => classes[row]!));
  if (rows.every((row) => classes[row] === says)) return { kind: 'leaf', says };

  let best = { impurity: Number.POSITIVE_INFINITY, feature: 0, threshold: 0 };
  for (const feature of twoOf(features[0]!.length, random)) {
    const values = [...new Set(rows.map((row) => features[row]![feature]!))].sort((a, b) => a - b);
    for (const [i, value] of values.slice(1).entries()) {
      const threshold = (values[i]! + value) / 2;
      const [below, above] = split(samples, rows, feature, threshold);
      const impurity = below.length * gini(samples, below) + above.length * gini(samples, above);
      if (impurity < best.impurity) best = { impurity, feature, threshold };
    }
  }
  if (best.impurity === Number.POSITIVE_INFINITY) return { kind: 'leaf', says };
  const { feature, threshold } = best;
  const [below, above] = split(samples, rows, feature, threshold);
  return {
    kind: 'branch',
    feature,
    threshold,
    below: grow(samples, below, random),
    above: grow(samples, above, random),
  };
}

/** The class that a tree says. */
export function ask(tree: Tree, features: readonly number[]): number {
  let at = tree;
  while (at.kind === 'branch') at = features[at.feature]! < at.threshold ? at.below : at.above;
  return at.says;
}

/** The most frequent one, of several the smallest. */
export function majority(classes: readonly number[]): number {
  const counts: number[] = [];
  for (const one of classes) counts[one] = (counts[one] ?? 0) + 1;
  const most = Math.max(...counts.filter((count) => count !== undefined));
  return counts.indexOf(most);
}

function twoOf(count: number, random: () => number): readonly number[] {
  const first = Math.floor(random() * count);
  return [first, (first + 1 + Math.floor(random() * (count - 1))) % count];
}

function split(
  { features }: Samples,
  rows: readonly number[],
  feature: number,
  threshold: number,
): [number[], number[]] {
  const isBelow = (row: number): boolean => features[row]![feature]! < threshold;
  return [rows.filter(isBelow), rows.filter((row) => !isBelow(row))];
}

/** How likely two samples drawn from these are of different classes. */
function gini({ classes }: Samples, rows: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const row of rows) counts.set(classes[row]!, (counts.get(classes[row]!) ?? 0) + 1);
  return [...counts.values()].reduce((left, count) => left - (count / rows.length) ** 2, 1);
}
