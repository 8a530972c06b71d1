/**
 * The Mandelbrot set in a shared matrix: each call draws a row and sets it; nobody collects anything. Who reads the matrix
 * has the picture, examples/out/shared-mandelbrot.png: that of this process alone, to the last pixel.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect } from '@skein/dso';
import { FunctionExecutor } from '@skein/executor';
import { encode } from 'fast-png';

const width = 600;
const height = 400;
const deepest = 300;
// In the valley of the seahorses.
const view = { left: -0.785, top: 0.15, step: 0.06 / width };

/** How many steps each point of a row takes to escape. */
function depths(row: number): Float64Array {
  return Float64Array.from({ length: width }, (_, column) => {
    const re = view.left + column * view.step;
    const im = view.top - row * view.step;
    let x = 0;
    let y = 0;
    let n = 0;
    while (n < deepest && x * x + y * y <= 4) {
      [x, y] = [x * x - y * y + re, 2 * x * y + im];
      n++;
    }
    return n;
  });
}

/** From sky blue over gold to night blue; the set itself is black. */
function colour(depth: number): [red: number, green: number, blue: number] {
  if (depth === deepest) return [0, 0, 0];
  const turn = Math.sqrt(depth / deepest) * 9;
  return [turn + 2.6, turn + 3.1, turn + 3.9].map((at) => Math.round(127.5 * (1 + Math.cos(at)))) as [
    number,
    number,
    number,
  ];
}

await using dso = await connect();
await using executor = new FunctionExecutor();

const image = dso.matrix('mandelbrot', { rows: height, columns: width });
const rows = Array.from({ length: height }, (_, row) => row);
await executor.map(async (row) => image.setRow(row, depths(row)), rows);

const drawn = await image.toFloat64Array();
assert.deepEqual(drawn, Float64Array.from(rows.flatMap((row) => [...depths(row)])));

const pixels = Uint8Array.from([...drawn].flatMap(colour));
const out = new URL('out/', import.meta.url);
mkdirSync(out, { recursive: true });
const file = fileURLToPath(new URL('shared-mandelbrot.png', out));
writeFileSync(file, encode({ width, height, channels: 3, data: pixels }));
console.log(`${width} x ${height} pixels in ${rows.length} rows: ${relative('', file)}`);
console.log(`sha256 of the pixels: ${createHash('sha256').update(pixels).digest('hex').slice(0, 16)}`);
await dso.delete(image);
