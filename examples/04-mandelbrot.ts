/** The Mandelbrot set as a picture, examples/out/mandelbrot.png: one call draws a band of rows. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FunctionExecutor } from '@skein/executor';
import { encode } from 'fast-png';

const width = 1200;
const height = 800;
const rows = 25;
const deepest = 1000;
const view = { left: -2.4, top: 1.2, step: 3.6 / width };

/** How soon a point escapes, as a fraction between whole steps, so that colours run smoothly; `deepest` within the set. */
function escapeTime(re: number, im: number): number {
  let x = 0;
  let y = 0;
  for (let n = 0; n < deepest; n++) {
    const squared = x * x + y * y;
    if (squared > 256) return n + 1 - Math.log2(Math.log(squared) / 2);
    const next = x * x - y * y + re;
    y = 2 * x * y + im;
    x = next;
  }
  return deepest;
}

/** Deep blue over white and amber, back to dark; the set itself is black. */
function colour(depth: number): [red: number, green: number, blue: number] {
  if (depth === deepest) return [0, 0, 0];
  const turn = 0.9 * Math.sqrt(Math.max(depth, 0)) + 2.6;
  const wave = (shift: number): number => Math.round(127.5 * (1 + Math.cos(turn + shift)));
  return [wave(0), wave(0.45), wave(1.1)];
}

function band(top: number): Uint8Array {
  const pixels = new Uint8Array(width * rows * 3);
  let at = 0;
  for (let row = top; row < top + rows; row++) {
    for (let column = 0; column < width; column++) {
      pixels.set(colour(escapeTime(view.left + column * view.step, view.top - row * view.step)), at);
      at += 3;
    }
  }
  return pixels;
}

const tops = Array.from({ length: height / rows }, (_, index) => index * rows);

await using executor = new FunctionExecutor();
const bands = await executor.map(band, tops);

const out = new URL('out/', import.meta.url);
mkdirSync(out, { recursive: true });
const file = fileURLToPath(new URL('mandelbrot.png', out));
writeFileSync(file, encode({ width, height, channels: 3, data: Buffer.concat(bands) }));
console.log(`${width} x ${height} pixels in ${bands.length} bands: ${relative('', file)}`);
